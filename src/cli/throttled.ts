/**
 * What a stranger can try passwords with, behind the throttle where the settings have one.
 *
 * @module
 */

import { hkdfSync, randomBytes } from "node:crypto";
import type { Gateway } from "../gateway/gateway.ts";
import { createThrottle } from "../gateway/throttle/throttle.ts";
import { throttledLogins, throttledOperations } from "../gateway/throttle/throttled-requests.ts";
import type { AuthenticateFrom, OperateFrom } from "../gateway/throttle/throttled-requests.ts";
import type { Secret } from "../login/secret.ts";
import type { Store } from "../protocol/store-port.ts";
import type { ProgramContext } from "./programs.ts";

export interface Guarded {
  readonly authenticate: AuthenticateFrom;
  readonly operate: OperateFrom;
  /** What was wrong before is not known again after it. */
  readonly renewKeys: (stateKeys: readonly Secret[]) => void;
}

/** Between two gateways. */
const clockToleranceMs = 60_000;

export function throttled(
  { config, secrets, events }: Pick<ProgramContext, "config" | "secrets" | "events">,
  store: Store | undefined,
  { authenticate, operate, lookUp }: Gateway,
): Guarded {
  const settings = config.gateway;
  if (settings === undefined || !settings.throttle.enabled)
    return { authenticate, operate, renewKeys: () => {} };
  let digestKey = digestKeyOf(secrets.gateway?.stateKeys ?? []);
  const { throttle: limits } = settings;
  const now = (): number => performance.now();
  const throttle = createThrottle({
    store,
    lookUp,
    digestKey: () => digestKey,
    limits: {
      ...limits,
      accountWindowMs: limits.accountWindow,
      sourceWindowMs: limits.sourceWindow,
      longestGuessMs: settings.loginDeadline + clockToleranceMs,
    },
    events,
    now,
    wallClock: Date.now,
  });
  return {
    authenticate: throttledLogins(throttle, authenticate, { events, now }),
    operate: throttledOperations(throttle, operate, { events, now }),
    renewKeys: (stateKeys) => (digestKey = digestKeyOf(stateKeys)),
  };
}

/** The same in all gateways that have the same secrets. */
function digestKeyOf([newest]: readonly Secret[]): Uint8Array {
  if (newest === undefined) return randomBytes(32);
  const secret = Buffer.from(newest.reveal(), "base64");
  return Buffer.from(hkdfSync("sha256", secret, "", "drawbridge.v1 throttle", 32));
}
