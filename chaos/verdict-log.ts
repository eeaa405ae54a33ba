/**
 * What every replica found out about every attempt, from their logs: where two disagree about one, the person was lucky or unlucky.
 *
 * @module
 */

import type { World } from "./world.ts";

export class VerdictLog {
  readonly #verdicts = new Map<string, Set<string>>();

  /** Takes over what the logs hold now; they do not hold everything for ever. */
  read(world: World): void {
    for (const { program } of world.everyReplica) {
      for (const { msg, attempt, outcome } of program.log) {
        if (msg !== "verification_ended" || typeof attempt !== "string") continue;
        if (outcome !== "accepted" && outcome !== "denied") continue;
        const known = this.#verdicts.get(attempt) ?? new Set();
        this.#verdicts.set(attempt, known.add(outcome));
      }
    }
  }

  /** Attempts to which two replicas gave answers that contradict each other. */
  get conflicting(): number {
    return [...this.#verdicts.values()].filter(({ size }) => size > 1).length;
  }
}
