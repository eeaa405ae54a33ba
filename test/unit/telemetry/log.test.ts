/**
 * The log as it leaves the process.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand } from "../../support/run-command.ts";

const source = join(import.meta.dirname, "../../../src");

/** Runs the statements with `log` and `Secret` at hand, and yields the lines that came out. */
async function logged(
  level: string,
  statements: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const script = `
    import { createLog } from ${JSON.stringify(join(source, "telemetry/log.ts"))};
    import { Secret } from ${JSON.stringify(join(source, "login/secret.ts"))};
    const log = createLog(${JSON.stringify(level)}, { program: "gateway", replica: "r1" });
    ${statements}`;
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", script];
  const output = await runCommand(process.execPath, args, { timeoutMs: 10_000 });
  return output
    .trimEnd()
    .split("\n")
    .map((line) => ({ ...JSON.parse(line) }));
}

test("one JSON line an event, with its name, level, time and the program", async () => {
  const [line] = await logged("info", `log.warn("login_ended", { ms: 3 });`);
  assert.deepEqual(
    { ...line, time: undefined },
    { level: "warn", time: undefined, program: "gateway", replica: "r1", ms: 3, msg: "login_ended" },
  );
  assert.ok(!Number.isNaN(Date.parse(String(line?.["time"]))));
});

test("what is below the level is not written", async () => {
  const lines = await logged("warn", `log.info("quiet", {}); log.debug("quiet", {}); log.error("loud", {});`);
  assert.deepEqual(
    lines.map(({ msg }) => msg),
    ["loud"],
  );
});

test("a secret that strays into a record comes out masked, however deep", async () => {
  const [line] = await logged(
    "info",
    `const secret = new Secret("hunter2"); log.info("stray", { secret, deep: { list: [secret] }, text: \`\${secret}\` });`,
  );
  assert.deepEqual(line?.["deep"], { list: ["[secret]"] });
  assert.ok(!JSON.stringify(line).includes("hunter2"));
});

test("an error is written at once, after what was logged before it; the rest of the turn follows together", async () => {
  const lines = await logged(
    "info",
    `const { writeSync } = await import("node:fs");
    const say = (msg) => writeSync(1, JSON.stringify({ msg }) + String.fromCharCode(10));
    log.info("before", {}); log.error("defect", {}); say("said");
    log.info("later", {}); say("said again");`,
  );
  assert.deepEqual(
    lines.map(({ msg }) => msg),
    ["before", "defect", "said", "said again", "later"],
  );
});
