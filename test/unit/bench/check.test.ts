/**
 * A check that cannot fail holds nothing: every kind of regression is planted once.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkCounts, checkRatios, exitCodeOf, judge } from "../../../bench/check.ts";
import type { Judgement } from "../../../bench/check.ts";
import { isComparable, readFigures, withRows } from "../../../bench/figures.ts";
import { ratioIn, ratios, termsOf } from "../../../bench/ratios.ts";
import type { Ratio, Term } from "../../../bench/ratios.ts";
import type { Row } from "../../../bench/row.ts";

const { rows: committed } = readFigures();
const higher = { name: "speed", better: "higher" } as const;
const lower = { name: "cost", better: "lower" } as const;

function around(median: number, noise = 0.02) {
  return { median, least: median * (1 - noise), most: median * (1 + noise), noise };
}

/** The same rows, but this figure is so many times as large. */
function changed(rows: readonly Row[], { section, name, at, figure }: Term, factor: number): readonly Row[] {
  return rows.map((row) =>
    row.section === section && row.name === name && JSON.stringify(row.at) === JSON.stringify(at)
      ? {
          ...row,
          rounds: { ...row.rounds, [figure]: (row.rounds[figure] ?? []).map((value) => factor * value) },
        }
      : row,
  );
}

function madeRatio(name: string, better: Ratio["better"]): Ratio {
  const term = (of: string): Term => ({ section: name, name: of, at: {}, figure: "perSecond" });
  return { name, of: term("ours"), to: term("theirs"), better, holdsOn: "every machine" };
}

function ends(judgements: readonly Judgement[]): readonly string[] {
  return judgements.map(({ end }) => end);
}

describe("a ratio", () => {
  test("that is a third worse than it was has become worse, whichever way is better", () => {
    assert.equal(judge(higher, around(0.9), around(0.6)).end, "worse");
    assert.equal(judge(lower, around(1.2), around(1.6)).end, "worse");
  });

  test("that is better, or within the tolerance, is kept", () => {
    assert.equal(judge(higher, around(0.9), around(1.8)).end, "kept");
    assert.equal(judge(lower, around(1.2), around(0.6)).end, "kept");
    assert.equal(judge(higher, around(0.9), around(0.82)).end, "kept");
    assert.equal(judge(lower, around(1.2), around(1.3)).end, "kept");
  });

  test("is given the more tolerance the farther the rounds were apart, now or then", () => {
    assert.equal(judge(higher, around(0.9), around(0.74)).end, "worse");
    assert.equal(judge(higher, around(0.9), around(0.74, 0.08)).end, "kept");
    assert.equal(judge(higher, around(0.9, 0.08), around(0.74)).end, "kept");
  });

  test("whose rounds say nothing is never taken for kept", () => {
    assert.equal(judge(higher, around(0.9), around(0.6, 0.2)).end, "unsure");
    assert.equal(judge(higher, around(0.9), around(Number.NaN)).end, "worse");
  });
});

describe("the check", () => {
  const measured = ratios.filter((ratio) => ratioIn(ratio, committed) !== undefined);

  test("keeps what is as it was", async () => {
    const judgements = await checkRatios(measured, committed, async () => committed);
    assert.ok(measured.length > 0 && judgements.length === measured.length);
    assert.deepEqual(new Set(ends(judgements)), new Set(["kept"]));
    assert.equal(exitCodeOf(judgements), 0);
  });

  test("does not pass over what was not measured", async () => {
    const judgements = await checkRatios(measured, committed, async () => []);
    assert.deepEqual(new Set(ends(judgements)), new Set(["unsure"]));
    await assert.rejects(
      checkRatios(measured, [], async () => committed),
      /no figures are committed/,
    );
    assert.throws(() => checkCounts([], committed), /no figures are committed/);
  });

  for (const ratio of measured) {
    test(`does not keep it when it becomes half as good: ${ratio.name}`, async () => {
      const regressed = changed(committed, ratio.of, ratio.better === "higher" ? 0.5 : 2);
      const judgements = await checkRatios([ratio], committed, async () => regressed);
      assert.notEqual(exitCodeOf(judgements), 0);
    });
  }

  const [speed, cost] = [madeRatio("speed", "higher"), madeRatio("cost", "lower")];
  const made = [speed, cost].flatMap(termsOf).map(({ section, name, at, figure }): Row => {
    return { section, name, at, rounds: { [figure]: [100, 101, 99] } };
  });

  test("measures again what looks worse, and nothing else; it is kept when it looks right once", async () => {
    const asked: (readonly Ratio[])[] = [];
    const judgements = await checkRatios([speed, cost], made, async (some) => {
      asked.push(some);
      return asked.length < 3 ? changed(made, speed.of, 0.5) : made;
    });
    assert.deepEqual(asked, [[speed, cost], [speed], [speed]]);
    assert.deepEqual(ends(judgements), ["kept", "kept"]);
  });

  test("gives up after the third measurement that looks worse", async () => {
    let measurements = 0;
    const judgements = await checkRatios([speed, cost], made, async () => {
      measurements += 1;
      return changed(made, cost.of, 1.5);
    });
    assert.equal(measurements, 3);
    assert.deepEqual(ends(judgements), ["kept", "worse"]);
    assert.equal(exitCodeOf(judgements), 1);
  });

  test("says that the machine was too busy to tell by another code than that something is worse", () => {
    const one = { name: "x", committed: 1, measured: 1, tolerated: 0.1 };
    assert.equal(
      exitCodeOf([
        { ...one, end: "kept" },
        { ...one, end: "unsure" },
      ]),
      2,
    );
    assert.equal(
      exitCodeOf([
        { ...one, end: "unsure" },
        { ...one, end: "worse" },
      ]),
      1,
    );
  });
});

describe("what is counted", () => {
  const counted = committed.filter(({ section }) => section === "counts");
  const more = (figure: string, factor: number): readonly Row[] =>
    counted.map((row) => ({
      ...row,
      rounds: { ...row.rounds, [figure]: [(row.rounds[figure]?.[0] ?? 0) * factor] },
    }));

  test("is kept when it is the same, or less", () => {
    assert.equal(exitCodeOf(checkCounts(counted, counted)), 0);
    assert.equal(exitCodeOf(checkCounts(counted, more("busBytes", 0.5))), 0);
    assert.ok(checkCounts(counted, counted).length >= 4);
  });

  for (const [figure, factor] of [
    ["ldapBinds", 2],
    ["ldapSearches", 1.5],
    ["busMessages", 7 / 6],
    ["busBytes", 1.05],
  ] as const) {
    test(`is worse when there are more: ${figure}`, () => {
      assert.equal(exitCodeOf(checkCounts(counted, more(figure, factor))), 1);
    });
  }
});

describe("committed figures", () => {
  const row: Row = { section: "s", name: "n", at: { latencyMs: 5 }, rounds: { perSecond: [1.23456, 2] } };
  const machine = { cores: 2, cpu: "one", memoryGb: 8, kernel: "6", node: "24" };
  const earlier = { machine, measured: "2026-01-01", rows: [row, { ...row, name: "other" }] };

  test("are replaced one by one, without digits that say nothing", () => {
    const again = { ...row, rounds: { perSecond: [3] } };
    const { measured, rows } = withRows(earlier, [again], machine, "2026-01-02");
    assert.equal(measured, "2026-01-02");
    assert.deepEqual(rows, [again, { ...row, name: "other", rounds: { perSecond: [1.23, 2] } }]);
  });

  test("of another machine go", () => {
    const { rows } = withRows(earlier, [row], { ...machine, node: "26" }, "2026-01-02");
    assert.equal(rows.length, 1);
  });

  test("are speeds for machines like theirs alone", () => {
    assert.ok(isComparable(machine, { ...machine, kernel: "7" }));
    assert.ok(!isComparable(machine, { ...machine, cores: 4 }));
    assert.ok(!isComparable(machine, { ...machine, cpu: "other" }));
  });
});
