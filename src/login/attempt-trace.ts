/**
 * What is kept of an attempt's way through a replica, so that an operator can be told why it ended as it did. Nothing in it says
 * whose it was.
 *
 * @module
 */

import type { ControllerName, DirectoryAnswer, Phase } from "./ports.ts";

export interface AttemptTrace {
  /** How long each phase took, in milliseconds; a phase that was not reached is absent. */
  readonly phasesMs: Readonly<Partial<Record<Phase, number>>>;
  /** Where the last bind went, or would have gone. */
  readonly controller?: ControllerName;
  /** To the last bind that was answered. */
  readonly answer?: DirectoryAnswer;
}
