/**
 * One granted attempt while this replica works on it: what it tells the gateway, and what it must ask before a bind.
 *
 * @module
 */

import { setImmediate } from "node:timers/promises";
import type { AttemptTrace } from "../login/attempt-trace.ts";
import type { Deadline } from "../login/deadline.ts";
import type {
  BindEvidence,
  ControllerName,
  DirectoryAnswer,
  Phase,
  Suspicion,
  VerifierContext,
} from "../login/ports.ts";
import type { BodyToGateway } from "../protocol/sealed-bodies.ts";
import type { GrantWindow } from "./grant-window.ts";
import { PhaseStopwatch } from "./phase-stopwatch.ts";

export interface RunningAttemptOptions {
  readonly deadline: Deadline;
  readonly window: GrantWindow;
  /** Named in the claim; where a bind is lost unannounced, this is the controller that is asked about it. */
  readonly claimedController: ControllerName;
  readonly suspicion: Suspicion | undefined;
  readonly send: Send;
}

/** Answers the sender of the message at hand; false when the bus is down. */
export type Send = (body: BodyToGateway) => boolean;

/** Where a slot that is not used for a while is lent to others. */
export interface Slots {
  lend(): Disposable;
}

export class RunningAttempt implements VerifierContext {
  readonly deadline: Deadline;
  readonly suspicion?: Suspicion;
  readonly #options: RunningAttemptOptions;
  readonly #stopwatch: PhaseStopwatch;
  #send: Send;
  #phase: Phase = "searching";
  #bindsOn: ControllerName | undefined;
  #answer: DirectoryAnswer | undefined;
  #slots: Slots | undefined;

  constructor(options: RunningAttemptOptions) {
    this.#options = options;
    this.#send = options.send;
    this.deadline = options.deadline;
    this.#stopwatch = new PhaseStopwatch(options.deadline);
    if (options.suspicion !== undefined) this.suspicion = options.suspicion;
  }

  admittedTo(slots: Slots): void {
    this.#slots = slots;
  }

  async aside<T>(work: Promise<T>): Promise<T> {
    const lent = this.#slots?.lend();
    try {
      return await work;
    } finally {
      lent?.[Symbol.dispose]();
    }
  }

  /** Once a bind has been announced the attempt is never said to be searching again: that word means that none has been sent. */
  report(phase: Phase): void {
    if (phase !== "searching" || this.#phase === "searching") this.#phase = phase;
    this.#stopwatch.enter(this.#phase);
  }

  answered(answer: DirectoryAnswer): void {
    this.#answer = answer;
  }

  /** So far. */
  get trace(): AttemptTrace {
    return {
      phasesMs: this.#stopwatch.phasesMs,
      ...(this.#bindsOn === undefined ? {} : { controller: this.#bindsOn }),
      ...(this.#answer === undefined ? {} : { answer: this.#answer }),
    };
  }

  /** From here on the gateway is reached this way: it reconnected, or opened another session. */
  answerTo(send: Send): void {
    this.#send = send;
  }

  answer(body: BodyToGateway): void {
    this.#send(body);
  }

  renewed(sequence: number): void {
    this.#options.window.renewed(sequence);
  }

  /** Says that the attempt is alive; a search that takes long asks for more time at once. */
  tellWorking(): void {
    if (this.#phase === "searching") void this.#askForTime();
    else this.#sendWorking();
  }

  /**
   * The announcement of the bind goes first and gets one turn of the event loop to reach the kernel, so that it is on its way
   * even if this process dies with the bind. Where nobody could judge a lost announcement afterwards, the bind waits for the
   * gateway's confirmation: no clock of the directory's, a controller other than the one that the claim named, or a bind that
   * comes after a suspected one, of which the gateway goes on to remember the earlier unless it hears of this.
   */
  async permitBind(evidence: BindEvidence): Promise<"permitted" | "expired"> {
    const { window, claimedController } = this.#options;
    if (!window.open && !(await this.#askForTime())) return "expired";
    this.#phase = "binding";
    this.#bindsOn = evidence.controller;
    this.#stopwatch.enter("binding");
    const announced = {
      controller: evidence.controller,
      ...(evidence.marker === undefined ? {} : { marker: evidence.marker }),
    };
    const isSecond = this.suspicion !== undefined;
    if (evidence.confirm || isSecond || evidence.controller !== claimedController) {
      if (!(await this.#askForTime(announced))) return "expired";
    } else {
      if (!this.#sendWorking(announced)) return "expired";
      await setImmediate();
    }
    return this.mayBind ? "permitted" : "expired";
  }

  get mayBind(): boolean {
    return this.#phase === "binding" && this.#options.window.open && !this.deadline.passed;
  }

  async #askForTime(evidence?: Omit<BindEvidence, "confirm">): Promise<boolean> {
    const sequence = this.#options.window.nextSequence();
    const answered = this.#options.window.ask(sequence);
    return this.#working(sequence, true, evidence) && (await answered);
  }

  #sendWorking(evidence?: Omit<BindEvidence, "confirm">): boolean {
    return this.#working(this.#options.window.nextSequence(), false, evidence);
  }

  #working(sequence: number, ask: boolean, evidence?: Omit<BindEvidence, "confirm">): boolean {
    return this.#send({
      type: "working",
      phase: this.#phase,
      sequence,
      ask,
      ...(evidence === undefined ? {} : { evidence }),
    });
  }
}
