/**
 * A TLS connection to one controller, by LDAPS or StartTLS.
 *
 * Nothing that is secret is ever written to a socket that did not come from here.
 *
 * @see RFC 4513 §3.1 — StartTLS and the check of the server's name
 * @module
 */

import { connect as connectTcp, isIP } from "node:net";
import type { LookupFunction, Socket } from "node:net";
import { checkServerIdentity, connect as connectTls } from "node:tls";
import type { TLSSocket } from "node:tls";
import type { Deadline } from "../../login/deadline.ts";
import type { ControllerName } from "../../login/ports.ts";
import type { FailureReason } from "../directory-options.ts";
import type { TlsTrust } from "./tls-trust.ts";

/** One controller's address, and how it proves who it is. */
export interface ControllerAddress {
  readonly name: ControllerName;
  readonly host: string;
  readonly port: number;
  readonly startTls: boolean;
  /** What the certificate must be valid for. */
  readonly tlsName: string;
  readonly trust: TlsTrust;
  /** Finds the host's addresses. */
  readonly lookup: LookupFunction;
}

export type SocketOutcome =
  | { readonly kind: "open"; readonly socket: TLSSocket }
  | { readonly kind: "failed"; readonly why: FailureReason };

/** Noticed by the kernel, so that a controller that vanished does not leave connections which only look open. */
const keepAliveAfterMs = 30_000;

/**
 * @param askForTls  Sends the StartTLS request over the open socket; rejects when it is declined.
 * @param deadline  For TCP, StartTLS and TLS together.
 */
export async function openSecureSocket(
  address: ControllerAddress,
  deadline: Deadline,
  askForTls: (socket: Socket) => Promise<void>,
): Promise<SocketOutcome> {
  const tcp = connectTcp({
    host: address.host,
    port: address.port,
    lookup: address.lookup,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveAfterMs,
  });
  const opened = await untilOpen(tcp, "connect", deadline);
  if (opened !== "open") return failed(tcp, opened);

  if (address.startTls) {
    const answered = await untilDone(tcp, askForTls(tcp), deadline);
    if (answered !== "open") return failed(tcp, answered);
  }

  const { tlsName, trust } = address;
  const socket = connectTls({
    socket: tcp,
    secureContext: trust.secureContext,
    // RFC 6066 §3 has no place for addresses in the server name indication; the certificate is checked against them all the same.
    ...(isIP(tlsName) === 0 ? { servername: tlsName } : {}),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(tlsName, certificate),
    // Said aloud, because an environment variable can change what holds when nothing is said.
    rejectUnauthorized: true,
  });
  const secured = await untilOpen(socket, "secureConnect", deadline);
  if (secured === "open") return { kind: "open", socket };
  tcp.destroy();
  return failed(socket, secured);
}

function untilOpen(
  socket: Socket,
  event: "connect" | "secureConnect",
  deadline: Deadline,
): Promise<"open" | FailureReason> {
  return untilDone(socket, new Promise((resolve) => socket.once(event, () => resolve())), deadline);
}

/** Whichever comes first: the step is done, the socket breaks, the time is over. */
function untilDone(socket: Socket, step: Promise<void>, deadline: Deadline): Promise<"open" | FailureReason> {
  return new Promise((resolve) => {
    const end = (result: "open" | FailureReason): void => {
      clearTimeout(timer);
      socket.off("close", onClose);
      resolve(result);
    };
    const onError = (error: Error): void => end(reasonOf(error));
    const onClose = (): void => end("connection_lost");
    const timer = setTimeout(end, Math.ceil(deadline.remainingMs), "timeout");
    // Stays, because an error that nobody listens to would end the process.
    socket.on("error", onError);
    socket.once("close", onClose);
    step.then(
      () => end("open"),
      () => end("tls_refused"),
    );
  });
}

function failed(socket: Socket, why: FailureReason): SocketOutcome {
  socket.destroy();
  return { kind: "failed", why };
}

function reasonOf(error: Error): FailureReason {
  // A host name with several addresses fails with one error for each.
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const reasons = new Set(errors.map(reasonOfCode));
  const [reason] = reasons;
  return reason === undefined || reasons.size > 1 ? "unreachable" : reason;
}

function reasonOfCode(error: unknown): FailureReason {
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    // Only this proves that the machine is up and the server is not: a reset may come from anything on the way.
    case "ECONNREFUSED":
      return "nobody_listens";
    case "ECONNRESET":
    case "EPIPE":
      return "connection_lost";
    case "ETIMEDOUT":
      return "timeout";
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
      return "unreachable";
    default:
      return "tls_refused";
  }
}
