/**
 * How the NATS client is to behave, and by what it gets in.
 *
 * @module
 */

import { nkeyAuthenticator } from "nats";
import type { NodeConnectionOptions, TlsOptions } from "nats";
import type { BusCredential, BusCredentials } from "./bus-credentials.ts";

export interface BusClient {
  /** `tls://host:port`; every node of the cluster. */
  readonly servers: readonly string[];
  /** Shown in the server's connection list. */
  readonly name: string;
  readonly credentials: BusCredentials;
}

const connectTimeoutMs = 2_000;
const pingIntervalMs = 2_000;
const reconnectWaitMs = 100;
const reconnectJitterMs = 200;

/** For ever, over all servers, with the credentials that are the newest at each try. */
export function lastingConnection({ servers, name, credentials }: BusClient): NodeConnectionOptions {
  return {
    ...access(servers, () => credentials.offer()),
    name,
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: reconnectWaitMs,
    reconnectJitter: reconnectJitterMs,
    reconnectJitterTLS: reconnectJitterMs,
    reconnectToServer: (known) => {
      credentials.nextTry();
      // By itself the client may ask the server again that it has just left, and wait for the one that does not answer.
      return known.toSorted((a, b) => a.lastConnect - b.lastConnect)[0] ?? null;
    },
    timeout: connectTimeoutMs,
    pingInterval: pingIntervalMs,
    maxPingOut: 2,
    noAsyncTraces: true,
  };
}

/** Once, to see whether the first server that answers lets this credential in. */
export function trial(
  { servers, name }: Omit<BusClient, "credentials">,
  credential: BusCredential,
  timeoutMs = connectTimeoutMs,
): NodeConnectionOptions {
  return {
    ...access(servers, () => credential),
    name,
    reconnect: false,
    timeout: timeoutMs,
    noAsyncTraces: true,
  };
}

/** What the client hands on to Node's TLS. */
interface ClientTls extends TlsOptions {
  readonly minVersion: "TLSv1.3";
}

function access(
  servers: readonly string[],
  credential: () => BusCredential,
): Pick<NodeConnectionOptions, "servers" | "tls" | "authenticator"> {
  const minVersion = "TLSv1.3";
  const { ca: first } = credential();
  // The client reads it for each connection anew.
  const ownCa = (): string => credential().ca ?? "";
  const tls: ClientTls =
    first === undefined
      ? { minVersion }
      : {
          minVersion,
          get ca() {
            return ownCa();
          },
        };
  return {
    servers: [...servers],
    ...(servers.some((server) => server.startsWith("tls://")) ? { tls } : {}),
    authenticator(nonce) {
      const { nkeySeed } = credential();
      if (nkeySeed === undefined) return undefined;
      return nkeyAuthenticator(new TextEncoder().encode(nkeySeed.reveal()))(nonce);
    },
  };
}
