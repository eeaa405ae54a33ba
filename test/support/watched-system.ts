/**
 * The whole system under a real Prometheus, with a directory that can be taken away and people who do everything that is counted.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { startConnector, startGateway } from "./drawbridge.ts";
import type { GatewayProgram } from "./drawbridge.ts";
import { createIdentityKeys } from "./identity-keys.ts";
import { startNats } from "./nats-server.ts";
import type { Nats } from "./nats-server.ts";
import type { Program } from "./program.ts";
import { startPrometheus } from "./prometheus.ts";
import type { Prometheus } from "./prometheus.ts";
import { createScratch } from "./scratch.ts";
import { startSlapd } from "./slapd.ts";
import type { Slapd } from "./slapd.ts";

export interface WatchedSystem extends AsyncDisposable {
  readonly slapd: Slapd;
  readonly nats: Nats;
  readonly gateway: GatewayProgram;
  readonly connectors: readonly [Program, Program];
  readonly prometheus: Prometheus;
  /** One of each: accepted, denied, held back, malformed, a list of groups. Also while the directory is away. */
  everybody(): Promise<void>;
}

const home = { forwardedFor: "203.0.113.7" };
const guesser = { forwardedFor: "198.51.100.1" };
const addressFailures = 3;

export async function startWatchedSystem(): Promise<WatchedSystem> {
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("watched"));
  const slapd = cleanup.use(await startSlapd());
  const keys = await createIdentityKeys(scratch.folder, ["corp"]);
  const nats = cleanup.use(await startNats({ jetStream: true }));
  const stateKey = await scratch.write("state.key", randomBytes(32).toString("base64"));
  const token = randomBytes(32).toString("base64url");
  const tokenFile = await scratch.write("token", token);
  const start = async (name: string): Promise<Program> =>
    cleanup.use(await startConnector({ nats, keys, name, connections: { corp: { directory: slapd } } }));
  const connectors = [await start("replica-1"), await start("replica-2")] as const;
  const gateway = cleanup.use(
    await startGateway({
      nats,
      keys,
      connections: ["corp"],
      throttle: { addressFailures, accountGuesses: 1_000 },
      cache: { enabled: true },
      stateKeyFiles: [stateKey],
      trustedProxies: ["127.0.0.0/8"],
      apiTokens: [{ name: "portal", tokenFile, may: ["groups.list"] }],
    }),
  );
  const opsUrls = [gateway, ...connectors].map(({ opsUrl }) => opsUrl);
  const prometheus = cleanup.use(await startPrometheus(opsUrls));
  const owned = cleanup.move();
  return {
    slapd,
    nats,
    gateway,
    connectors,
    prometheus,
    async everybody() {
      const username = slapd.accounts.active;
      const guesses = Array.from({ length: addressFailures + 1 }, (_, n) =>
        gateway.login({ username: `guessed-${n}`, password: "Spring-2026" }, guesser),
      );
      await Promise.all([
        gateway.login({ username, password: slapd.password }, home),
        gateway.login({ username: "nobody-of-this-name", password: "x" }, home),
        gateway.post("/v1/login", { username: 7 }),
        gateway.post("/v1/groups", { text: "" }, token),
        ...guesses,
      ]);
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
