/**
 * What a login costs is held: how much it asks of the directory and puts on the bus, exactly; and the CPU of the programs beside that of
 * a bare LDAP loop, which a busy machine makes dearer alike. How fast it is, is no test's business but `npm run bench -- --check`'s.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { checkCounts } from "../../bench/check.ts";
import { contest } from "../../bench/contest.ts";
import type { Contestant } from "../../bench/contest.ts";
import { readFigures } from "../../bench/figures.ts";
import { Installation } from "../../bench/installation.ts";
import { ratioIn, ratios } from "../../bench/ratios.ts";
import type { Row } from "../../bench/row.ts";
import { counts } from "../../bench/sections/counts.ts";
import { besides, oursName, startOurs } from "../../bench/sections/ours.ts";
import { circumstancesAt, rowOf } from "../../bench/sections/throughput.ts";

const main = join(import.meta.dirname, "../../src/cli/main.ts");
const { rows: committed } = readFigures();
const connection = "corp";
const { pool } = circumstancesAt(0, oursName(1));
const load = { inFlight: 16, ms: 800 };
/** Where the machine stands still for a second, all that are in flight may. */
const failedMax = 3 * load.inFlight;
/** Until most of what runs for each login is compiled. */
const warmUpLogins = 1_000;
/** So many times the committed ratio is what no machine makes of the same program. */
const factorMax = 2.5;

const cpuRatios = ratios.filter(
  ({ of }) => of.section === "throughput" && /^(?:connector|gateway)CpuMs$/.test(of.figure),
);

/** How many times the committed ratios of CPU a login are measured, with these options of Node for the programs. */
async function measureCpu(nodeOptions: string, warmUps: number): Promise<readonly number[]> {
  await using installation = await Installation.start({
    users: 100,
    connections: [connection],
    main,
    env: { NODE_OPTIONS: nodeOptions },
  });
  await using gateway = await installation.gateway([connection]);
  await using cleanup = new AsyncDisposableStack();
  const contestants: readonly Contestant[] = [
    {
      name: "bare loop",
      driver: cleanup.use(await installation.driver("bare-loop", { pool })),
      pids: besides(installation, undefined),
    },
    await startOurs({ installation, gateway, connection, replicas: 1, pool }, cleanup),
  ];
  for (const { driver } of contestants) {
    for (let logins = 0; logins < warmUps;) logins += (await driver.run(load)).logins;
  }
  const measured = await contest(contestants, { rounds: 3, load, say: () => undefined, failedMax });
  const rows = [...measured].map(([name, figures]) =>
    rowOf("throughput", name, circumstancesAt(0, name), figures),
  );
  return cpuRatios.map(
    (ratio) =>
      (ratioIn(ratio, rows)?.median ?? Number.NaN) / (ratioIn(ratio, committed)?.median ?? Number.NaN),
  );
}

describe("a login", { timeout: 500_000 }, () => {
  test("asks no more of the directory and puts no more on the bus than the committed figures say", async () => {
    const rows: Row[] = [];
    await counts.run({
      rounds: 1,
      ms: 0,
      users: 2,
      latenciesMs: [0],
      wants: () => true,
      env: {},
      main,
      say: () => undefined,
      tell: (row) => void rows.push(row),
    });
    const judgements = checkCounts(committed, rows);
    assert.equal(judgements.length, 12);
    assert.deepEqual(
      judgements.filter(({ end }) => end !== "kept"),
      [],
    );
  });

  test("costs the programs little more CPU, beside a bare loop's, than the committed figures say", async () => {
    const factors = await measureCpu("", warmUpLogins);
    assert.equal(factors.length, 2);
    for (const factor of factors) assert.ok(factor < factorMax, `${factor} times what is committed`);
  });

  test("is seen to cost far more where the programs waste their time: the comparison can fail", async () => {
    const wasted =
      "setInterval(() => { for (const from = Date.now(); Date.now() - from < 8;); }, 10).unref()";
    const factors = await measureCpu(`--import=data:text/javascript,${encodeURIComponent(wasted)}`, 0);
    assert.equal(factors.length, 2);
    for (const factor of factors) assert.ok(factor > factorMax, `${factor} times what is committed`);
  });
});
