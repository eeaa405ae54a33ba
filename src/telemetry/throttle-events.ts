/**
 * What happens before a password reaches the directory.
 *
 * @module
 */

import type { AttemptId, ConnectionName } from "../login/attempt.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export interface ThrottleEvents {
  loginThrottled(e: {
    attempt: AttemptId;
    connection: ConnectionName;
    why: "account" | "address" | "network";
  }): void;
  /** Somebody tried a password again that was wrong a moment ago. */
  passwordRepeated(e: { connection: ConnectionName }): void;
}

export function throttleEvents(log: Log, metrics: Metrics): ThrottleEvents {
  return {
    loginThrottled({ attempt, connection, why }) {
      metrics.count("drawbridge_throttled_total", { connection, why });
      log.info("login_throttled", { attempt, connection, why });
    },
    passwordRepeated({ connection }) {
      metrics.count("drawbridge_passwords_repeated_total", { connection });
    },
  };
}
