/**
 * `docs/reference/audit.md`, from the tables that records are made by.
 *
 * @module
 */

import { auditActs, auditFields } from "../../src/telemetry/audit/record.ts";
import { code, table } from "./table.ts";

export function renderAudit(): string {
  const rows = (meanings: Readonly<Record<string, string>>): readonly (readonly string[])[] =>
    Object.entries(meanings).map(([name, meaning]) => [code(name), meaning]);
  return [
    "# Audit records",
    "",
    "One JSON object a line, in the file and in the stream ([audit](../operations/audit.md)). What does not apply is absent. Names stay",
    "what they are within a version; new acts and fields may come.",
    "",
    "## Acts",
    "",
    table(["`act`", "Written by, and when"], rows(auditActs)),
    "## Fields",
    "",
    table(["Field", "Meaning"], rows(auditFields)),
  ].join("\n");
}
