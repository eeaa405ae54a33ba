/**
 * New passwords, and the cache beside them: what was kept with the former one is not.
 *
 * @module
 */

import type { ConnectionName } from "../../login/attempt.ts";
import type { Events } from "../../telemetry/events.ts";
import type { OperateFrom } from "../throttle/throttled-requests.ts";
import type { CredentialCache } from "./credential-cache.ts";

export interface CachedOperateDeps {
  readonly operate: OperateFrom;
  readonly caches: ReadonlyMap<ConnectionName, CredentialCache>;
  readonly events: Events;
}

export function createCachedOperate({ operate, caches, events }: CachedOperateDeps): OperateFrom {
  return async (operation, ...rest) => {
    const end = await operate(operation, ...rest);
    const isSet = end.outcome === "done" && end.result.kind === "password_set";
    if (isSet && "accountName" in operation) {
      void caches
        .get(operation.connection)
        ?.forget(operation.accountName)
        .catch((error: unknown) => events.defect({ where: "cache", error }));
    }
    return end;
  };
}
