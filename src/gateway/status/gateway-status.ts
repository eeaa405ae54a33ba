/**
 * How this gateway is now, put together from what its parts know.
 *
 * @module
 */

import type { ConnectionName } from "../../login/attempt.ts";
import type { MonotonicClock } from "../../login/deadline.ts";
import type { RecentRecords, Trouble } from "../../telemetry/recent-records.ts";
import type { Gateway } from "../gateway.ts";
import { describeConnection } from "./describe-connection.ts";
import type { GatewayStatus } from "./status-schema.ts";

/** What something that went wrong means, and what is done about it. */
export interface Hint {
  readonly meaning: string;
  readonly action: string;
}

export interface StatusDeps {
  /** What stays as it is. */
  readonly about: Pick<
    GatewayStatus["gateway"],
    "id" | "version" | "configuration" | "startedAt" | "throttle"
  >;
  readonly gateway: Pick<Gateway, "connections" | "inFlight">;
  /** Whose logins are kept. */
  readonly cached: ReadonlySet<ConnectionName>;
  readonly readiness: () => { readonly ready: boolean; readonly parts: Readonly<Record<string, boolean>> };
  readonly recent: RecentRecords;
  readonly explain: (trouble: Trouble) => Hint | undefined;
  readonly now: MonotonicClock;
  readonly wallClock: () => number;
}

export function gatewayStatus(deps: StatusDeps): GatewayStatus {
  const { about, gateway, cached, readiness, recent, explain, now, wallClock } = deps;
  const { ready, parts } = readiness();
  return {
    at: textOf(wallClock()),
    gateway: {
      ...about,
      ready,
      parts: { ...parts },
      ...(recent.busServer === undefined ? {} : { busServer: recent.busServer }),
      inFlight: gateway.inFlight,
      ...(recent.buckets.size === 0 ? {} : { store: Object.fromEntries(recent.buckets) }),
    },
    connections: [...gateway.connections].map(([name, known]) =>
      describeConnection(name, known, cached.has(name), now),
    ),
    logins: [...recent.logins],
    troubles: recent.troubles.map(({ firstAtMs, lastAtMs, ...trouble }) => ({
      ...trouble,
      firstAt: textOf(firstAtMs),
      lastAt: textOf(lastAtMs),
      ...explain({ firstAtMs, lastAtMs, ...trouble }),
    })),
  };
}

function textOf(ms: number): string {
  return new Date(ms).toISOString();
}
