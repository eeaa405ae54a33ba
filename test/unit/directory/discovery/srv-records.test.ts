import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { hostName, inOrder } from "../../../../src/directory/discovery/srv-records.ts";
import type { SrvRecord } from "../../../../src/directory/discovery/srv-records.ts";

const anyRecords = fc.uniqueArray(
  fc.record({
    target: fc.stringMatching(/^[a-z]{1,8}\.test$/),
    port: fc.constant(389),
    priority: fc.integer({ min: 0, max: 3 }),
    weight: fc.integer({ min: 0, max: 65_535 }),
  }),
  { selector: ({ target }) => target, maxLength: 20 },
);

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("a lower priority always goes first, whatever the weights and lots, and nobody is lost", () => {
  fc.assert(
    fc.property(anyRecords, fc.nat(), (records, seed) => {
      const ordered = inOrder(records, random(seed));
      assert.deepEqual(
        ordered.map(({ priority }) => priority),
        records.map(({ priority }) => priority).toSorted((a, b) => a - b),
      );
      assert.deepEqual(new Set(ordered), new Set(records));
    }),
  );
});

test("the same lots give the same order", () => {
  fc.assert(
    fc.property(anyRecords, (records) => {
      const lots = new Map(records.map(({ target }, index) => [target, (index * 0.37) % 1]));
      const lotOf = (target: string): number => lots.get(target) ?? 0;
      assert.deepEqual(inOrder(records, lotOf), inOrder(inOrder(records, lotOf), lotOf));
    }),
  );
});

test("servers of one priority come first as often as their weights say", () => {
  const weights = { big: 60, small: 20, other: 20, none: 0 };
  const records: readonly SrvRecord[] = Object.entries(weights).map(([target, weight]) => ({
    target,
    weight,
    port: 389,
    priority: 0,
  }));
  const lot = random(7);
  const firsts = Array.from({ length: 20_000 }, () => inOrder(records, lot)[0]?.target);
  const share = (target: string): number => firsts.filter((first) => first === target).length / firsts.length;
  assert.ok(Math.abs(share("big") - 0.6) < 0.02, String(share("big")));
  assert.ok(Math.abs(share("small") - 0.2) < 0.02, String(share("small")));
  assert.ok(share("none") < 0.005);
});

test("only a host name is a target", () => {
  for (const [text, expected] of [
    ["DC1.Example.Test.", "dc1.example.test"],
    ["dc1", "dc1"],
    [".", undefined],
    ["", undefined],
    ["127.0.0.1", undefined],
    ["::1", undefined],
    ["dc_1.example.test", undefined],
    ["-dc.example.test", undefined],
    ["dc1..example.test", undefined],
    ["dc1.example.test/x", undefined],
    ["dc1.example.test:636", undefined],
    ["user@dc1.example.test", undefined],
    [`${"a".repeat(64)}.test`, undefined],
    [`${"a.".repeat(127)}test`, undefined],
  ] as const) {
    assert.equal(hostName(text), expected, text);
  }
});
