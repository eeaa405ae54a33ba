/**
 * The memory of accepted tickets that all replicas of a connection share.
 *
 * A ticket's authenticator is good for as long as clocks may differ, either way; it is remembered for longer than that. The first
 * replica to write it down is the one that accepted it: the store sees to that.
 *
 * What this replica took is also in its own memory, which catches most replays without asking anybody, and is all there is where the
 * settings let logins in while the store does not answer.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import type { AttemptId } from "../login/attempt.ts";
import type { Deadline, MonotonicClock } from "../login/deadline.ts";
import type { TicketMemory } from "../login/ports.ts";
import { remember } from "../login/remember.ts";
import type { Bucket, BucketOptions } from "../protocol/store-port.ts";

export interface SharedTicketsOptions {
  /** Absent where the replicas share nothing. */
  readonly bucket: Bucket | undefined;
  /** What is done while the store does not answer, for as long as a login may wait. */
  readonly whenUnavailable: "refuse" | "accept";
  readonly now: MonotonicClock;
  /** Told of each ticket that was accepted without the store's word. */
  readonly observe: (event: { readonly kind: "accepted_alone" }) => void;
}

/** Five minutes each way is what every KDC allows, and a minute for what it takes to get here. */
const ticketAgeMaxMs = 660_000;

/** A thousand logins a second, each a third of a kilobyte, for as long as they are remembered. */
export const ticketsBucket: BucketOptions = {
  name: "tickets",
  maxAgeMs: ticketAgeMaxMs,
  bytesMax: 268_435_456,
};

/** Most that a replica remembers by itself; the oldest go first. */
const ownMax = 200_000;
const tryMs = 500;
const pauseMs = 50;
/** Left of the deadline for reading who it is. */
const reserveMs = 1_000;
/** With whom nobody else is asked, there is no reason to wait for long. */
const acceptAfterMs = 300;

export function createSharedTickets(options: SharedTicketsOptions): TicketMemory {
  const { bucket, whenUnavailable, now, observe } = options;
  const own = new Map<string, { readonly attempt: AttemptId; readonly atMs: number }>();

  return {
    async remember(ticket, attempt, deadline) {
      const known = own.get(ticket);
      if (known !== undefined && now() - known.atMs <= ticketAgeMaxMs) {
        if (known.attempt !== attempt) return "known";
      } else note(ticket, attempt);
      const budgetMs = whenUnavailable === "accept" ? acceptAfterMs : deadline.remainingMs - reserveMs;
      const answer = await askStore(ticket, attempt, deadline.sooner(Math.max(0, budgetMs)));
      if (answer !== "unavailable" || whenUnavailable === "refuse") return answer;
      observe({ kind: "accepted_alone" });
      return "new";
    },
  };

  /** Tried again until the deadline: a store that is just choosing another leader comes back within seconds. */
  async function askStore(ticket: string, attempt: AttemptId, deadline: Deadline) {
    if (bucket === undefined) return "unavailable";
    const value = Buffer.from(attempt);
    while (!deadline.passed) {
      const limit = deadline.sooner(tryMs);
      const created = await bucket.create(ticket, value, limit);
      if (created.kind === "written") return "new";
      if (created.kind === "conflict") {
        const found = await bucket.get(ticket, limit);
        if (found.kind === "found") return value.equals(found.value) ? "new" : "known";
      }
      await pause(Math.min(pauseMs, deadline.remainingMs));
    }
    return "unavailable";
  }

  function note(ticket: string, attempt: AttemptId): void {
    remember(own, ticket, { attempt, atMs: now() }, ownMax);
  }
}
