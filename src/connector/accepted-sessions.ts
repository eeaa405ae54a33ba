/**
 * The sessions that gateways have set up with this replica for one connection.
 *
 * A session lives as long as the key that it was set up with. An offer is accepted once: its session id is kept for that whole
 * time, so a recorded offer cannot bring back an earlier session and with it the messages that were sealed in it.
 *
 * @module
 */

import type { ConnectionName } from "../login/attempt.ts";
import type { PinnedKeys } from "../protocol/identity-key.ts";
import { acceptSession } from "../protocol/session.ts";
import type { Session } from "../protocol/session.ts";
import type { ProcessId } from "../protocol/subjects.ts";
import type { ProcessKeys } from "./process-keys.ts";

/** A gateway process needs one an hour; this is room for a thousand of them. */
const sessionsMax = 2_000;
/** Set-ups in work at once: each costs about 2 ms of signature checks and decapsulation. */
const acceptingMax = 16;

export class AcceptedSessions {
  readonly #connection: ConnectionName;
  readonly #replica: ProcessId;
  readonly #keys: ProcessKeys;
  readonly #pins: PinnedKeys;
  readonly #sessions = new Map<string, { readonly session: Session; readonly certificate: string }>();
  #accepting = 0;

  constructor(connection: ConnectionName, replica: ProcessId, keys: ProcessKeys, pins: PinnedKeys) {
    this.#connection = connection;
    this.#replica = replica;
    this.#keys = keys;
    this.#pins = pins;
  }

  find(session: string): Session | undefined {
    return this.#sessions.get(session)?.session;
  }

  /** @returns the session, or why there is none. */
  async accept(offer: string): Promise<Session | "refused" | "too_many"> {
    if (this.#accepting >= acceptingMax || this.#sessions.size >= sessionsMax) return "too_many";
    this.#accepting += 1;
    try {
      const own = { connection: this.#connection, replica: this.#replica };
      const accepted = await acceptSession(offer, own, (id) => this.#keys.keyPair(id), this.#pins);
      if (accepted === undefined || this.#sessions.has(accepted.session.id)) return "refused";
      this.#sessions.set(accepted.session.id, accepted);
      return accepted.session;
    } finally {
      this.#accepting -= 1;
    }
  }

  /** Drops the sessions whose key has been forgotten. */
  sweep(): void {
    for (const [id, { certificate }] of this.#sessions) {
      if (this.#keys.keyPair(certificate) === undefined) this.#sessions.delete(id);
    }
  }
}
