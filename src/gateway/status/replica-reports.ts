/**
 * What the replicas of one connection say of themselves, and whether they agree.
 *
 * Kept is what a pinned key has signed, so a stolen bus credential puts nothing here: it can neither invent a replica nor, by repeating
 * an old report, keep one alive that is gone.
 *
 * @module
 */

import type { ConnectionName } from "../../login/attempt.ts";
import type { MonotonicClock } from "../../login/deadline.ts";
import { remember } from "../../login/remember.ts";
import type { PinnedKeys } from "../../protocol/identity-key.ts";
import { openReport, reportAgeMaxMs } from "../../protocol/report.ts";
import type { OpenedReport } from "../../protocol/report.ts";
import type { OptionalGrantPart } from "../../protocol/sealed-bodies.ts";
import type { ProcessId } from "../../protocol/subjects.ts";
import { reportIntervalMs } from "../../protocol/timing.ts";
import type { Events } from "../../telemetry/events.ts";
import { differingParts } from "./differing-parts.ts";

export interface HeardReport extends OpenedReport {
  /** On the monotonic clock. */
  readonly heardAtMs: number;
}

export interface Agreement {
  /** How many different ones. */
  readonly configurations: number;
  readonly versions: readonly string[];
}

export interface ReplicaReportsDeps {
  readonly connection: ConnectionName;
  readonly connectorKeys: PinnedKeys;
  readonly events: Pick<Events, "replicasCompared" | "messageRefused">;
  readonly now: MonotonicClock;
  /** Milliseconds since 1970: for the age of reports only. */
  readonly wallClock: () => number;
}

/** Four reports and a bit: one that says nothing for so long is not compared with the others any more. */
export const reportLiveMs = 4.5 * reportIntervalMs;
/** Longer than a report is believed, so that one that was kept cannot stand for a replica that is forgotten. */
const forgottenAfterMs = 2 * reportAgeMaxMs;
const replicasMax = 256;
/** Signatures that are checked at once; what comes beyond in a flood is not looked at. */
const checkingMax = 32;

export class ReplicaReports {
  readonly #deps: ReplicaReportsDeps;
  readonly #heard = new Map<ProcessId, HeardReport>();
  #pins: PinnedKeys;
  #checking = 0;
  #told = "";

  constructor(deps: ReplicaReportsDeps) {
    this.#deps = deps;
    this.#pins = deps.connectorKeys;
  }

  /** Of every replica that has not said good-bye, the newest. */
  get all(): readonly HeardReport[] {
    return [...this.#heard.values()].filter(({ report }) => report.state !== "draining");
  }

  get live(): readonly HeardReport[] {
    const now = this.#deps.now();
    return this.all.filter(({ heardAtMs }) => now - heardAtMs <= reportLiveMs);
  }

  /** How far those that report agree: more than one configuration is drift. */
  get agreement(): Agreement {
    const { live } = this;
    return {
      configurations: new Set(live.map(({ report }) => report.configuration.digest)).size,
      versions: [...new Set(live.map(({ report }) => report.version))].toSorted(),
    };
  }

  /** Paths of the settings that they do not have in common. */
  get differences(): readonly string[] {
    return differingParts(this.live.map(({ report }) => report.configuration));
  }

  /** A process cannot unlearn, so whatever it said last is true; of one that said nothing yet, nothing is. */
  reads(replica: ProcessId, part: OptionalGrantPart): boolean {
    return this.#heard.get(replica)?.report.grantParts?.includes(part) === true;
  }

  async receive(signed: string): Promise<void> {
    const { connection, events, now, wallClock } = this.#deps;
    if (this.#checking >= checkingMax) return;
    this.#checking += 1;
    const opened = await openReport(signed, connection, this.#pins, wallClock());
    this.#checking -= 1;
    if (opened === undefined) return events.messageRefused({ kind: "report", why: "not_opened" });
    const { replica, issuedAt } = opened.report;
    const before = this.#heard.get(replica);
    if (before !== undefined && issuedAt <= before.report.issuedAt)
      return events.messageRefused({ kind: "report", why: "replayed" });
    remember(this.#heard, replica, { ...opened, heardAtMs: now() }, replicasMax);
  }

  /** Whom to believe from now on. What was signed by others is forgotten. */
  renewPins(pins: PinnedKeys): void {
    this.#pins = pins;
    for (const [replica, { signedBy }] of this.#heard) if (!pins.has(signedBy)) this.#heard.delete(replica);
  }

  /** Forgets the gone and tells of differences; to be called every beat. */
  sweep(): void {
    const { connection, events, now } = this.#deps;
    for (const [replica, { heardAtMs }] of this.#heard)
      if (now() - heardAtMs > forgottenAfterMs) this.#heard.delete(replica);
    const { configurations, versions } = this.agreement;
    const told = `${configurations} ${versions.length}`;
    if (told === this.#told) return;
    this.#told = told;
    events.replicasCompared({ connection, configurations, versions: versions.length });
  }
}
