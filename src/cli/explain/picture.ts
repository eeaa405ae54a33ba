/**
 * One login as its records tell it, one thing after another.
 *
 * Two machines have two clocks. What a gateway saw is placed by the gateway's; what a replica did is placed by its own, and moved so
 * that its end does not lie after the gateway heard of it.
 *
 * @module
 */

import { isDenialReason, isFault } from "../../login/verdict.ts";
import { denials, outages } from "../explanations.ts";
import { describeStep, endOf } from "./describe-step.ts";
import type { LogRecord } from "./read-records.ts";

export interface Picture {
  /** One sentence: how it ended, and where. */
  readonly says: string;
  readonly steps: readonly Step[];
  /** What the end means and what to do, where it was not accepted. */
  readonly meaning?: string;
  readonly action?: string;
  /** What is not known because no record of it was given. */
  readonly missing: readonly string[];
}

export interface Step {
  /** Since the gateway got the login; absent where no gateway's record says when that was. */
  readonly atMs?: number;
  readonly who: string;
  readonly says: string;
}

/** What the audit tells goes before what the log does: it has the answer, after throttle and cache. */
const endings = ["login", "operation", "login_ended", "operation_ended"];
const verifications: ReadonlySet<string> = new Set(["verification", "verification_ended"]);

export function drawPicture(given: readonly LogRecord[]): Picture {
  const records = withoutRepetitions(given);
  const [ending] = endings.flatMap((name) => records.find(({ msg }) => msg === name) ?? []);
  const startMs =
    ending === undefined ? undefined : Date.parse(ending.time) - Number(ending.fields["ms"] ?? 0);
  const ordered = records.toSorted((a, b) => Date.parse(a.time) - Date.parse(b.time));
  // The gateway's last word comes last, whatever the replicas' clocks say.
  const told = [...ordered.filter((one) => one !== ending), ...(ending === undefined ? [] : [ending])];
  const endMs = ending === undefined ? Infinity : Date.parse(ending.time);
  const steps = told.map((record) => {
    const atMs = startMs === undefined ? undefined : Math.min(Date.parse(record.time), endMs) - startMs;
    return {
      ...(atMs === undefined ? {} : { atMs: Math.max(0, atMs) }),
      who: `${record.program} ${record.replica}`,
      says: describeStep(record),
    };
  });
  const verification = told.findLast(({ msg }) => verifications.has(msg));
  return {
    says: ending === undefined ? "No gateway's record of its end was given." : headline(ending, verification),
    steps,
    ...explanationOf(ending ?? verification),
    missing: missingOf(ending, told),
  };
}

/** What a replica did may be given twice: by its log and by the audit. */
function withoutRepetitions(records: readonly LogRecord[]): readonly LogRecord[] {
  const logged = new Set(
    records.flatMap(({ msg, replica }) => (msg === "verification_ended" ? [replica] : [])),
  );
  return records.filter(({ msg, replica }) => msg !== "verification" || !logged.has(replica));
}

function headline(ending: LogRecord, verification: LogRecord | undefined): string {
  const { connection, method, ms, grants = "0", source = "" } = ending.fields;
  const where = verification === undefined ? "" : `, on ${verification.fields["controller"]}`;
  const more = Number(grants) > 1 ? `, at the ${grants}. replica` : "";
  const answered = sources[source] ?? "";
  return `${method} at ${connection}: ${endOf(ending)} after ${ms} ms${where}${more}${answered}`;
}

const sources: Readonly<Record<string, string>> = {
  cache: ", from the cache",
  throttle: ", by the throttle: nobody was asked",
};

function explanationOf(ending: LogRecord | undefined): Pick<Picture, "meaning" | "action"> {
  const { reason = "" } = ending?.fields ?? {};
  const explanation = isDenialReason(reason)
    ? denials[reason]
    : isFault(reason)
      ? outages[reason]
      : undefined;
  return explanation === undefined ? {} : { meaning: explanation.meaning, action: explanation.action };
}

function missingOf(ending: LogRecord | undefined, records: readonly LogRecord[]): readonly string[] {
  const named = (isWanted: (record: LogRecord) => boolean): readonly string[] =>
    records.filter(isWanted).flatMap(({ fields: { connector } }) => connector ?? []);
  const silent = new Set([
    ...named(({ msg, fields }) => msg === "grant_silent" && fields["answer"] === "silence"),
    ...records.flatMap(({ fields }) => fields["silent"]?.split(",") ?? []),
  ]);
  const holders = new Set([
    ...named(({ msg }) => ["login", "operation", "login_ended", "grant_silent"].includes(msg)),
    ...silent,
  ]);
  const told = new Set(
    records.filter(({ program }) => program === "connector").map(({ replica }) => replica),
  );
  return [
    ...(ending === undefined ? ["the log of the gateway that got it"] : []),
    ...[...holders]
      .filter((replica) => !told.has(replica))
      .map((replica) =>
        silent.has(replica)
          ? `a last word of connector ${replica}, which may not have lived to write one`
          : `the log of connector ${replica}`,
      ),
  ];
}
