/**
 * How one connection is: its replicas, where they differ, and whether logins are served.
 *
 * @module
 */

import type { ConnectionName } from "../../login/attempt.ts";
import type { MonotonicClock } from "../../login/deadline.ts";
import type { KnownConnection } from "../gateway.ts";
import type { KnownReplica, Replicas } from "../replicas.ts";
import { differingParts } from "./differing-parts.ts";
import { reportLiveMs } from "./replica-reports.ts";
import type { HeardReport } from "./replica-reports.ts";
import { connectionProblems } from "./status-schema.ts";
import type { ConnectionProblem, ConnectionStatus, ReplicaStatus } from "./status-schema.ts";

/** One that went without good-bye is missed for so long; another may have taken its place. */
const goneForMs = 5 * 60_000;

export function describeConnection(
  name: ConnectionName,
  { replicas, reports, sessions }: KnownConnection,
  isCached: boolean,
  now: MonotonicClock,
): ConnectionStatus {
  const proved = new Set([...sessions.peers, ...reports.all.map(({ report }) => report.replica)]);
  const usual = mostCommon(reports.live);
  // What was not proved is counted only: whoever can write to the bus can make any number of it.
  const known = new Map(replicas.all.map((one) => [one.beat.replica, one]));
  const rows = [...proved].map((id) => {
    const heard = reports.all.find(({ report }) => report.replica === id);
    return describeReplica(id, replicas, known.get(id), heard, usual, now());
  });
  const seen = rows.filter(
    ({ lastBeatMsAgo, lastReportMsAgo }) => (lastBeatMsAgo ?? lastReportMsAgo) !== undefined,
  );
  const { configurations, versions } = reports.agreement;
  const strangers = [...known.keys()].filter((id) => !proved.has(id)).length;
  const problems = problemsOf(seen, configurations, strangers);
  return {
    name,
    state: stateOf(problems),
    problems: [...problems],
    cache: isCached,
    configurations,
    versions: [...versions],
    strangers,
    replicas: seen.toSorted(byTrouble),
  };
}

function describeReplica(
  id: string,
  replicas: Replicas,
  known: KnownReplica | undefined,
  heard: HeardReport | undefined,
  usual: HeardReport | undefined,
  nowMs: number,
): ReplicaStatus {
  const report = heard?.report;
  const configurations = [usual, heard].flatMap((one) => (one ? [one.report.configuration] : []));
  return {
    id,
    state: stateOfReplica(replicas, known, heard, nowMs),
    ...(known && { lastBeatMsAgo: Math.round(nowMs - known.beatAtMs) }),
    ...(heard && { lastReportMsAgo: Math.round(nowMs - heard.heardAtMs) }),
    ...(report && {
      startedAt: new Date(report.startedAt).toISOString(),
      version: report.version,
      configuration: report.configuration.digest,
      slots: report.slots,
    }),
    // What is gone does nothing differently any more.
    differsIn: known === undefined ? [] : [...differingParts(configurations)],
    methods: [...(report?.methods ?? [])],
    controllers: [...(report?.controllers ?? [])],
    ...(heard && { identityKey: heard.signedBy }),
  };
}

function stateOfReplica(
  replicas: Replicas,
  known: KnownReplica | undefined,
  heard: HeardReport | undefined,
  nowMs: number,
): ReplicaStatus["state"] {
  if (known === undefined) return "gone";
  // Anybody on the bus can beat in its name; one that has reported goes on reporting.
  const isSilent = heard !== undefined && nowMs - heard.heardAtMs > reportLiveMs;
  return isSilent ? "late" : replicas.stateOf(known);
}

/** A report with the configuration that most have; of two that as many have, the one of the replica that runs longest. */
function mostCommon(reports: readonly HeardReport[]): HeardReport | undefined {
  const counts = new Map<string, number>();
  for (const { report } of reports) {
    const { digest } = report.configuration;
    counts.set(digest, 1 + (counts.get(digest) ?? 0));
  }
  const most = Math.max(...counts.values());
  return reports
    .toSorted((one, other) => one.report.startedAt - other.report.startedAt)
    .find(({ report }) => counts.get(report.configuration.digest) === most);
}

function problemsOf(
  replicas: readonly ReplicaStatus[],
  configurations: number,
  strangers: number,
): readonly ConnectionProblem[] {
  const present = replicas.filter(({ state }) => state !== "gone");
  const hasState = (state: ReplicaStatus["state"]): boolean => present.some((one) => one.state === state);
  const hasController = (state: "degraded" | "unavailable"): boolean =>
    present.some(({ controllers }) => controllers.some((one) => one.state === state));
  const is: Readonly<Record<ConnectionProblem, boolean>> = {
    no_replica_ready: !hasState("ready"),
    controller_unavailable: hasController("unavailable"),
    controller_degraded: hasController("degraded"),
    replica_not_ready: hasState("not_ready"),
    replica_unreached: hasState("unreached"),
    replica_late: hasState("late"),
    replica_gone: replicas.some(
      ({ state, lastReportMsAgo = 0 }) => state === "gone" && lastReportMsAgo <= goneForMs,
    ),
    replicas_differ: configurations > 1,
    strangers: strangers > 0,
  };
  return connectionProblems.filter((problem) => is[problem]);
}

function stateOf(problems: readonly ConnectionProblem[]): ConnectionStatus["state"] {
  if (problems.includes("no_replica_ready")) return "down";
  return problems.length === 0 ? "well" : "impaired";
}

const order = ["not_ready", "unreached", "late", "ready", "gone"] as const;

/** What somebody has to look at first; then always in the same order, so that rows do not jump. */
function byTrouble(one: ReplicaStatus, other: ReplicaStatus): number {
  const rank = ({ state, differsIn }: ReplicaStatus): number =>
    2 * order.indexOf(state) - (differsIn.length > 0 ? 1 : 0);
  return rank(one) - rank(other) || (one.id < other.id ? -1 : 1);
}
