/**
 * What a scenario is.
 *
 * @module
 */

import type { World } from "./world.ts";

export interface Fault {
  /** How long it is to last. */
  readonly ms: number;
  /** Resolves when it has lasted; what the scenario does from then on is mending, and what logins take meanwhile is not the fault's. */
  over(): Promise<void>;
}

/** In milliseconds, about the logins that were due while the fault lasted; *normal* is what they took before it. */
export interface Promised {
  readonly p99BeyondNormalMs?: number;
  readonly p99Factor?: number;
  readonly p50Factor?: number;
  readonly slowestMs?: number;
}

export interface Scenario {
  /** In kebab-case, as the command line takes it. */
  readonly name: string;
  readonly what: string;
  /**
   * Breaks something, lets it be for about `fault.ms`, and mends it, so that in the end as many replicas and gateways run as before.
   * What it cannot mend by itself the system has to.
   */
  readonly run: (world: World, fault: Fault) => Promise<void>;
  /** True where, while it lasts, no login can be checked: then they may be unavailable. */
  readonly isPathless?: boolean;
  readonly promised?: Promised;
}
