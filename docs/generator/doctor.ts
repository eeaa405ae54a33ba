/**
 * `docs/reference/doctor.md`: everything that `drawbridge doctor` can find.
 *
 * @module
 */

import { problems } from "../../src/cli/doctor/problems.ts";
import { code, table } from "./table.ts";

export function renderDoctor(): string {
  const rows = Object.entries(problems).map(([problem, { why, what, isWarning }]) => [
    code(problem),
    isWarning === true ? "warning" : "wrong",
    why,
    what,
  ]);
  return [
    "# What the doctor finds",
    "",
    "`drawbridge doctor --config FILE` looks at each thing by itself; nothing that is wrong stops the rest. Its exit code is 1 where something is wrong, a warning leaves it 0.",
    "",
    table(["Problem", "", "Why it matters", "What to do"], rows),
  ].join("\n");
}
