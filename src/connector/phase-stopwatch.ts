/**
 * How long an attempt spends in each phase, by its own deadline, which is the only clock that it has.
 *
 * @module
 */

import type { AttemptTrace } from "../login/attempt-trace.ts";
import type { Deadline } from "../login/deadline.ts";
import type { Phase } from "../login/ports.ts";

export class PhaseStopwatch {
  readonly #deadline: Deadline;
  readonly #spentMs = new Map<Phase, number>();
  #phase: Phase = "searching";
  #leftMs: number;

  constructor(deadline: Deadline) {
    this.#deadline = deadline;
    this.#leftMs = deadline.remainingMs;
  }

  enter(phase: Phase): void {
    this.#spend();
    this.#phase = phase;
  }

  get phasesMs(): AttemptTrace["phasesMs"] {
    this.#spend();
    return Object.fromEntries(this.#spentMs);
  }

  #spend(): void {
    const { remainingMs } = this.#deadline;
    this.#spentMs.set(this.#phase, (this.#spentMs.get(this.#phase) ?? 0) + this.#leftMs - remainingMs);
    this.#leftMs = remainingMs;
  }
}
