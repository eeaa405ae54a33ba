/**
 * The sessions that gateways have set up with this replica for one connection.
 *
 * A session ends with the key that it was set up with, at its age, or when the gateway's identity key is believed no more. An offer is
 * accepted once: its session id is kept for as long as its key, so a recorded offer cannot bring back an earlier session and with it the
 * messages that were sealed in it.
 *
 * @module
 */

import type { ConnectionName } from "../login/attempt.ts";
import type { MonotonicClock } from "../login/deadline.ts";
import type { PinnedKeys } from "../protocol/identity-key.ts";
import { acceptSession } from "../protocol/session.ts";
import type { AcceptedSession, Session } from "../protocol/session.ts";
import type { ProcessId } from "../protocol/subjects.ts";
import { sessionAgeMaxMs } from "../protocol/timing.ts";
import type { ProcessKeys } from "./process-keys.ts";

/** A gateway process needs two at a time; this is room for a thousand of them. */
const sessionsMax = 2_000;
/** Of one gateway process: the newest. It sets up the next while it uses the one before. */
const perGatewayMax = 8;
/** Ids that are kept after their sessions: of 56 bytes each. */
const idsMax = 20_000;
/** Set-ups in work at once: each costs about 2 ms of signature checks and decapsulation. */
const acceptingMax = 16;

interface Accepted extends AcceptedSession {
  readonly acceptedAtMs: number;
}

export class AcceptedSessions {
  readonly #connection: ConnectionName;
  readonly #replica: ProcessId;
  readonly #keys: ProcessKeys;
  readonly #now: MonotonicClock;
  #pins: PinnedKeys;
  /** The oldest first. */
  readonly #sessions = new Map<string, Accepted>();
  /** Every id that was accepted, with the certificate whose key it needs. */
  readonly #ids = new Map<string, string>();
  #accepting = 0;

  constructor(
    connection: ConnectionName,
    replica: ProcessId,
    keys: ProcessKeys,
    pins: PinnedKeys,
    now: MonotonicClock,
  ) {
    this.#connection = connection;
    this.#replica = replica;
    this.#keys = keys;
    this.#pins = pins;
    this.#now = now;
  }

  find(session: string): Session | undefined {
    const found = this.#sessions.get(session);
    return found !== undefined && this.#isGood(found) ? found.session : undefined;
  }

  /** @returns the session, or why there is none. */
  async accept(offer: string): Promise<Session | "refused" | "too_many"> {
    if (this.#accepting >= acceptingMax || this.#sessions.size >= sessionsMax || this.#ids.size >= idsMax)
      return "too_many";
    this.#accepting += 1;
    try {
      const own = { connection: this.#connection, replica: this.#replica };
      const keyOf = (id: string) => this.#keys.keyPair(id);
      const session = await acceptSession(offer, own, keyOf, this.#pins);
      if (session === undefined || this.#ids.has(session.session.id)) return "refused";
      const accepted = { ...session, acceptedAtMs: this.#now() };
      // The pins may have changed meanwhile.
      if (!this.#isGood(accepted)) return "refused";
      this.#remember(accepted);
      return accepted.session;
    } finally {
      this.#accepting -= 1;
    }
  }

  /** Whom to believe from now on; sessions of all others end at once. */
  renewPins(pins: PinnedKeys): void {
    this.#pins = pins;
    this.sweep();
  }

  /** Drops the sessions that have ended, and the ids whose key has been forgotten. */
  sweep(): void {
    for (const [id, accepted] of this.#sessions) if (!this.#isGood(accepted)) this.#sessions.delete(id);
    for (const [id, certificate] of this.#ids)
      if (this.#keys.keyPair(certificate) === undefined) this.#ids.delete(id);
  }

  #remember(accepted: Accepted): void {
    const { session, certificate } = accepted;
    this.#ids.set(session.id, certificate);
    this.#sessions.set(session.id, accepted);
    const ofGateway = [...this.#sessions.values()].filter((one) => one.session.peer === session.peer);
    for (const { session: old } of ofGateway.slice(0, -perGatewayMax)) this.#sessions.delete(old.id);
  }

  #isGood({ certificate, signedBy, acceptedAtMs }: Accepted): boolean {
    return (
      this.#now() - acceptedAtMs < sessionAgeMaxMs &&
      this.#pins.has(signedBy) &&
      this.#keys.keyPair(certificate) !== undefined
    );
  }
}
