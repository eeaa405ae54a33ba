/**
 * What happens to the keys of a program while it runs.
 *
 * @module
 */

import type { ConnectionName } from "../login/attempt.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/**
 * `identity`: who this program is; `trusted`: whom it believes; `bus`: by what it gets onto NATS; `https`: what browsers see; `state`:
 * what seals what replicas share; `tokens`: of applications; `oidc`: what ID tokens are signed with, and the applications' secrets;
 * `collector`: who it is, and who this program is to it.
 */
export type KeyKind = "identity" | "trusted" | "bus" | "https" | "state" | "tokens" | "oidc" | "collector";

export interface KeyEvents {
  /** What changed in their files is in use. */
  keysRenewed(e: { keys: KeyKind; connection?: ConnectionName; ids?: readonly string[] }): void;
  /** What is in the files is of no use, and what was in use before still is. */
  keysUnusable(e: { keys: KeyKind; setting: string; why: string }): void;
}

export function keyEvents(log: Log, metrics: Metrics): KeyEvents {
  return {
    keysRenewed({ keys, ...rest }) {
      metrics.count("drawbridge_keys_renewed_total", { keys, result: "ok" });
      log.info("keys_renewed", { keys, ...rest });
    },
    keysUnusable({ keys, ...rest }) {
      metrics.count("drawbridge_keys_renewed_total", { keys, result: "unusable" });
      log.error("keys_unusable", { keys, ...rest });
    },
  };
}
