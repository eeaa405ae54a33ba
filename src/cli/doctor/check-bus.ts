/**
 * Each NATS server by itself: reached, believed, let in, and allowed what the program has to do there, by doing it in a way that
 * disturbs nobody.
 *
 * @module
 */

import { isIP } from "node:net";
import { probeServer } from "../../bus/probe-server.ts";
import type { Config } from "../../config/schema.ts";
import type { Secrets } from "../../config/secrets.ts";
import type { ConnectionName } from "../../login/attempt.ts";
import { messageBytesMax } from "../../protocol/subjects.ts";
import { checkNetwork } from "./check-network.ts";
import { checkPermissions } from "./check-permissions.ts";
import type { Role } from "./check-permissions.ts";
import { fine, found, skipped } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { keptPlacesOf } from "./kept-places.ts";

export interface BusQuestion {
  readonly config: Config;
  readonly secrets: Secrets;
  /** Which parts of the configuration use this bus. */
  readonly roles: ReadonlyMap<Role, readonly ConnectionName[]>;
}

const timeoutMs = 2_000;
const natsPort = 4_222;

/** @returns true where one server at least lets this user in. */
export async function examineBus(
  { config, secrets, roles }: BusQuestion,
  tell: (findings: readonly Finding[]) => void,
): Promise<boolean> {
  let isAnyUsable = false;
  for (const server of config.nats.servers) {
    const { host: subject } = new URL(server);
    if (server.startsWith("tls://")) {
      const { findings, isTrusted } = await checkNetwork(subject, probeOf(server, secrets));
      tell(findings);
      if (!isTrusted) {
        tell([skipped("nats", subject, "no connection that is believed")]);
        continue;
      }
    }
    const probed = await probeServer({
      server,
      name: "drawbridge doctor",
      timeoutMs,
      credential: secrets.nats,
    });
    if (probed.kind === "user_refused") {
      tell([
        found("nats_user_refused", "nats", subject, "the server does not let this user in"),
        skipped("permissions", subject, "not let in"),
      ]);
    } else if (probed.kind === "failed") {
      tell([
        found("nats_failed", "nats", subject, `no connection: ${probed.why}`),
        skipped("permissions", subject, "no connection"),
      ]);
    } else {
      await using connected = probed.server;
      isAnyUsable = true;
      const { version, clusterName, hasJetStream, payloadBytesMax } = connected;
      const places = new Map([...roles.keys()].map((role) => [role, keptPlacesOf(config, role)]));
      const hasPlaces = [...places.values()].some(({ buckets, hasAudit }) => hasAudit || buckets.length > 0);
      const facts = [
        `version ${version}`,
        clusterName === undefined ? "no cluster" : `cluster ${clusterName}`,
        hasJetStream ? "JetStream is there" : "without JetStream",
      ];
      tell([fine("nats", subject, "let in", { facts })]);
      if (payloadBytesMax < messageBytesMax) {
        const says = `it takes messages of ${payloadBytesMax} bytes, and the longest of ours have ${messageBytesMax}`;
        tell([found("nats_messages_short", "nats", subject, says)]);
      }
      if (hasPlaces && !hasJetStream)
        tell([found("nats_without_store", "nats", subject, "JetStream is switched off there")]);
      for (const [role, connections] of roles) {
        const tried = (hasJetStream && places.get(role)) || { buckets: [], hasAudit: false };
        tell(await checkPermissions(subject, role, connections, connected, tried));
      }
    }
  }
  return isAnyUsable;
}

function probeOf(server: string, { nats }: Secrets): Parameters<typeof checkNetwork>[1] {
  const { hostname, port } = new URL(server);
  const host = hostname.replaceAll(/[[\]]/g, "");
  return {
    host,
    port: port === "" ? natsPort : Number(port),
    // What the client asks for in the certificate of a server that is named by its address.
    tlsName: isIP(host) === 0 ? host : "localhost",
    opening: "nats",
    ...(nats.ca === undefined ? {} : { ca: nats.ca }),
    timeoutMs,
  };
}
