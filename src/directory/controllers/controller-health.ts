/**
 * Whether a controller should be used, from what its operations and its probes showed.
 *
 * Operations only make it worse: they are many, and one slow search says little. Probes decide: one that is answered makes the
 * controller available, one that a slow controller does not answer makes it unavailable.
 *
 * @module
 */

import type { MonotonicClock } from "../../login/deadline.ts";
import type { ControllerState, FailureReason } from "../directory-options.ts";

export class ControllerHealth {
  readonly #now: MonotonicClock;
  readonly #changed: (state: ControllerState, why: FailureReason | "answers") => void;
  #state: ControllerState = "unavailable";
  #why: FailureReason | "answers" | undefined;
  /** A controller that never failed is trusted from its first answer on. */
  #hasFailed = false;
  #availableSinceMs = -Infinity;

  constructor(
    now: MonotonicClock,
    changed: (state: ControllerState, why: FailureReason | "answers") => void,
  ) {
    this.#now = now;
    this.#changed = changed;
  }

  get state(): ControllerState {
    return this.#state;
  }

  /** True once it has answered for so long, or has never failed. */
  isSteady(forMs: number): boolean {
    return this.#state === "available" && this.#now() - this.#availableSinceMs >= forMs;
  }

  operationFailed(why: FailureReason): void {
    if (why === "timeout") {
      if (this.#state === "available") this.#enter("degraded", why);
    } else if (isAboutTheController(why)) {
      this.#enter("unavailable", why);
    }
  }

  declined(): void {
    if (this.#state === "available") this.#enter("degraded", "result_code");
  }

  probeAnswered(): void {
    if (this.#state === "available") return;
    this.#availableSinceMs = this.#hasFailed ? this.#now() : -Infinity;
    this.#enter("available", "answers");
  }

  probeFailed(why: FailureReason): void {
    const isFirstDelay = why === "timeout" && this.#state === "available";
    this.#enter(isFirstDelay ? "degraded" : "unavailable", why);
  }

  #enter(state: ControllerState, why: FailureReason | "answers"): void {
    if (state === this.#state && why === this.#why) return;
    if (state !== "available") this.#hasFailed = true;
    this.#state = state;
    this.#why = why;
    this.#changed(state, why);
  }
}

/**
 * A connection that was lost may have been idle for too long, a result code may be about the request, and with every connection in
 * use it is we who are slow: the next probe will tell.
 */
function isAboutTheController(why: FailureReason): boolean {
  return why !== "connection_lost" && why !== "result_code" && why !== "overloaded";
}
