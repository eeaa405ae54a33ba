/**
 * One NATS server, asked what it lets this user do. For diagnosis alone: it connects once and does not come back.
 *
 * @module
 */

import { setImmediate } from "node:timers/promises";
import { AuthorizationError, connect, headers as createHeaders, PermissionViolationError } from "nats";
import type { MsgHdrs, NatsConnection } from "nats";
import { Deadline } from "../login/deadline.ts";
import { withinDeadline } from "../login/within-deadline.ts";
import type { BusCredential } from "./bus-credentials.ts";
import { trial } from "./client-options.ts";

export interface ServerProbeOptions {
  readonly server: string;
  /** Shown in the server's connection list. */
  readonly name: string;
  readonly credential: BusCredential;
  readonly timeoutMs: number;
}

export interface ProbedServer extends AsyncDisposable {
  readonly version: string;
  readonly clusterName: string | undefined;
  readonly hasJetStream: boolean;
  /** Longest message that it takes. */
  readonly payloadBytesMax: number;
  /** Whether this user may, by having tried; undefined where the server did not answer in time. */
  mayPublish(
    subject: string,
    payload: Uint8Array,
    reply?: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<boolean | undefined>;
  /** Listens for a moment. @param onPayload  Called with what came in that moment, and where its answer goes. */
  maySubscribe(
    subject: string,
    queue?: string,
    onMessage?: (payload: Uint8Array, reply: string | undefined) => void,
  ): Promise<boolean | undefined>;
  publish(subject: string, payload: Uint8Array): void;
}

export type ServerProbe =
  | { readonly kind: "connected"; readonly server: ProbedServer }
  | { readonly kind: "user_refused" }
  | { readonly kind: "failed"; readonly why: string };

export async function probeServer(options: ServerProbeOptions): Promise<ServerProbe> {
  const { server, name, credential, timeoutMs } = options;
  try {
    const connection = await connect({
      ...trial({ servers: [server], name }, credential, timeoutMs),
      ignoreClusterUpdates: true,
    });
    return { kind: "connected", server: createProbedServer(connection, timeoutMs) };
  } catch (error) {
    return isAboutTheUser(error)
      ? { kind: "user_refused" }
      : { kind: "failed", why: error instanceof Error ? error.message : "unknown" };
  }
}

function isAboutTheUser(error: unknown): boolean {
  if (error instanceof AuthorizationError) return true;
  return error instanceof Error && error.cause instanceof AuthorizationError;
}

function createProbedServer(connection: NatsConnection, timeoutMs: number): ProbedServer {
  const violations: PermissionViolationError[] = [];
  const watching = (async () => {
    for await (const status of connection.status()) {
      if (status.type === "error" && status.error instanceof PermissionViolationError) {
        violations.push(status.error);
      }
    }
  })();

  /** The server complains before it answers the ping that follows. */
  const isAllowed = async (subject: string): Promise<boolean | undefined> => {
    const flushed = connection.flush().then(
      () => true,
      () => false,
    );
    if ((await withinDeadline(Deadline.after(timeoutMs), flushed)) !== true) return undefined;
    // What was read together with the answer goes through the client's own queue.
    await setImmediate();
    return !violations.some((violation) => violation.subject === subject);
  };

  return {
    version: connection.info?.version ?? "unknown",
    clusterName: connection.info?.cluster,
    hasJetStream: connection.info?.jetstream ?? false,
    payloadBytesMax: connection.info?.max_payload ?? 0,
    mayPublish(subject, payload, reply, headers) {
      violations.length = 0;
      connection.publish(subject, payload, {
        ...(reply === undefined ? {} : { reply }),
        ...(headers === undefined ? {} : { headers: toHeaders(headers) }),
      });
      return isAllowed(subject);
    },
    async maySubscribe(subject, queue, onMessage) {
      violations.length = 0;
      const subscription = connection.subscribe(subject, {
        ...(queue === undefined ? {} : { queue }),
        callback: (error, message) => {
          if (error === null) onMessage?.(message.data, message.reply);
        },
      });
      const allowed = await isAllowed(subject);
      subscription.unsubscribe();
      return allowed;
    },
    publish: (subject, payload) => connection.publish(subject, payload),
    async [Symbol.asyncDispose]() {
      await connection.close();
      await watching;
    },
  };
}

function toHeaders(texts: Readonly<Record<string, string>>): MsgHdrs {
  const headers = createHeaders();
  for (const [name, text] of Object.entries(texts)) headers.set(name, text);
  return headers;
}
