/**
 * Looks at a server's certificates without believing them: nothing is sent on this connection but what asks for TLS.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import { connect as connectTcp, isIP } from "node:net";
import type { LookupFunction, Socket } from "node:net";
import { checkServerIdentity, connect as connectTls } from "node:tls";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import type { Secret } from "../../login/secret.ts";

export interface TlsProbe {
  readonly host: string;
  readonly port: number;
  readonly lookup?: LookupFunction;
  /** What the certificate must be valid for. */
  readonly tlsName: string;
  /** How TLS begins there. */
  readonly opening: "tls" | "ldap_start_tls" | "nats";
  /** PEM; the system's authorities where it is absent. */
  readonly ca?: string;
  readonly clientCertificate?: { readonly certificate: string; readonly key: Secret };
  readonly timeoutMs: number;
}

export type ProbedTls =
  | { readonly kind: "no_connection"; readonly why: "host_unknown" | "port_refused" | "port_silent" }
  | { readonly kind: "no_tls"; readonly code: string }
  | {
      readonly kind: "shown";
      /** The server's own first. */
      readonly chain: readonly X509Certificate[];
      readonly protocol: string;
      /** Why OpenSSL does not believe the chain, in its own code; absent where it does. */
      readonly refusal?: string;
      readonly isNameRight: boolean;
    };

export async function probeTls(probe: TlsProbe): Promise<ProbedTls> {
  const { host, port, lookup, timeoutMs } = probe;
  const signal = AbortSignal.timeout(timeoutMs);
  const tcp = connectTcp({ host, port, ...(lookup === undefined ? {} : { lookup }) });
  try {
    const connected = await settled(tcp, "connect", signal);
    if (connected !== "done") return { kind: "no_connection", why: whyNot(connected) };
    const begun = await begin(tcp, probe.opening, signal);
    return begun === "done" ? await shakeHands(tcp, probe, signal) : { kind: "no_tls", code: begun };
  } finally {
    tcp.destroy();
  }
}

async function shakeHands(tcp: Socket, probe: TlsProbe, signal: AbortSignal): Promise<ProbedTls> {
  const { tlsName, ca, clientCertificate } = probe;
  const socket = connectTls({
    socket: tcp,
    ...(isIP(tlsName) === 0 ? { servername: tlsName } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(clientCertificate === undefined
      ? {}
      : { cert: clientCertificate.certificate, key: clientCertificate.key.reveal() }),
    // It is to be looked at, whatever is wrong with it; the name is compared below.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  try {
    const secured = await settled(socket, "secureConnect", signal);
    if (secured !== "done") return { kind: "no_tls", code: secured };
    const shown = socket.getPeerCertificate(true);
    const refusal: unknown = socket.authorizationError;
    return {
      kind: "shown",
      chain: chainOf(shown),
      protocol: socket.getProtocol() ?? "unknown",
      isNameRight: checkServerIdentity(tlsName, shown) === undefined,
      ...(socket.authorized ? {} : { refusal: refusal instanceof Error ? refusal.message : String(refusal) }),
    };
  } finally {
    socket.destroy();
  }
}

/** RFC 4511 §4.14: the extended request for StartTLS, message 1. */
const startTlsRequest = Buffer.concat([
  Buffer.from([0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16]),
  Buffer.from("1.3.6.1.4.1.1466.20037"),
]);
/** ENUMERATED success, the first of an extended response. */
const startTlsGranted = Buffer.from([0x0a, 0x01, 0x00]);

/** A NATS server speaks first, in clear; an LDAP server is asked. */
async function begin(tcp: Socket, opening: TlsProbe["opening"], signal: AbortSignal): Promise<string> {
  if (opening === "tls") return "done";
  if (opening === "ldap_start_tls") tcp.write(startTlsRequest);
  const first = Promise.withResolvers<Buffer>();
  tcp.once("data", first.resolve);
  const heard = await settled(tcp, "data", signal);
  if (heard !== "done") return heard;
  const answer = await first.promise;
  tcp.pause();
  const isGranted =
    opening === "nats"
      ? /^INFO .*"tls_(required|available)":true/.test(answer.toString("latin1"))
      : answer.includes(startTlsGranted);
  return isGranted ? "done" : "declined";
}

/** @returns `done`, or the code of what stood in the way. */
function settled(socket: Socket | TLSSocket, event: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    socket.once(event, () => resolve("done"));
    socket.on("error", (error) => resolve(codeOf(error)));
    socket.once("close", () => resolve("closed"));
    signal.addEventListener("abort", () => resolve("timeout"), { once: true });
    if (signal.aborted) resolve("timeout");
  });
}

function codeOf(error: Error): string {
  // A host name with several addresses fails with one error for each.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return first instanceof Error && "code" in first ? String(first.code) : "unknown";
}

function whyNot(code: string): Extract<ProbedTls, { kind: "no_connection" }>["why"] {
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "host_unknown";
  return code === "ECONNREFUSED" ? "port_refused" : "port_silent";
}

function chainOf(shown: DetailedPeerCertificate): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  const seen = new Set<string>();
  // A root names itself as its issuer.
  for (
    let one = shown;
    one?.raw !== undefined && !seen.has(one.fingerprint256);
    one = one.issuerCertificate
  ) {
    seen.add(one.fingerprint256);
    chain.push(new X509Certificate(one.raw));
  }
  return chain;
}
