/**
 * The recorded report of a replica, as it is or with something changed.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { reportType } from "../../src/protocol/report.ts";
import type { IdentityKey } from "../../src/protocol/identity-key.ts";

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, "..", "fixtures", "wire-v1.json"), "utf8"),
) as { readonly report: readonly [Readonly<Record<string, unknown>>] };

export type ReportFields = Readonly<Record<string, unknown>>;

export function madeReport(changes: ReportFields = {}): ReportFields {
  return { ...recorded.report[0], ...changes };
}

export function signReport(identity: IdentityKey, changes: ReportFields = {}): Promise<string> {
  return identity.sign(reportType, madeReport(changes));
}
