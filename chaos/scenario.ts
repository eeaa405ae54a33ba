/**
 * What a scenario is.
 *
 * @module
 */

import type { World } from "./world.ts";

export interface Scenario {
  /** In kebab-case, as the command line takes it. */
  readonly name: string;
  readonly what: string;
  /**
   * Breaks something, lets it be for about `faultMs`, and mends it, so that in the end as many replicas and gateways run as before.
   * What it cannot mend by itself the system has to.
   */
  readonly run: (world: World, faultMs: number) => Promise<void>;
  /** True where, while it lasts, no login can be checked: then they may be unavailable. */
  readonly isPathless?: boolean;
}
