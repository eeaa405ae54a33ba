/**
 * Something that a NATS user may, or may not, do on a server: found out by trying.
 *
 * @module
 */

import type { ProbedServer } from "../../bus/probe-server.ts";

export interface Deed {
  /** Continues "the user may …". */
  readonly deed: string;
  readonly allowed: (server: ProbedServer) => Promise<boolean | undefined>;
}

const nothing = new Uint8Array();

export function publishing(
  what: string,
  subject: string,
  payload: Uint8Array = nothing,
  reply?: string,
): Deed {
  return {
    deed: `${what} (publish to ${subject})`,
    allowed: (server) => server.mayPublish(subject, payload, reply),
  };
}

export function subscribing(what: string, subject: string): Deed {
  return { deed: `${what} (subscribe to ${subject})`, allowed: (server) => server.maySubscribe(subject) };
}

/** To a subject that a stream takes in, which is told not to: nothing is stored. */
export function addingTo(what: string, subject: string): Deed {
  return {
    deed: `${what} (publish to ${subject})`,
    allowed: (server) => server.mayPublish(subject, nothing, undefined, { "Nats-Expected-Stream": "none" }),
  };
}
