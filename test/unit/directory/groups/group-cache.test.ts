import assert from "node:assert/strict";
import { test } from "node:test";
import { GroupCache } from "../../../../src/directory/groups/group-cache.ts";

test("a group is believed for its time and no longer", () => {
  let now = 0;
  const cache = new GroupCache<string>(1_000, () => now);
  cache.put("a", "Staff");
  now = 999;
  assert.equal(cache.get("a"), "Staff");
  now = 1_000;
  assert.equal(cache.get("a"), undefined);
});

test("the cache is bounded: the oldest goes first", () => {
  const cache = new GroupCache<number>(1_000, () => 0);
  for (let index = 0; index <= 10_000; index += 1) cache.put(String(index), index);
  assert.equal(cache.get("0"), undefined);
  assert.equal(cache.get("1"), 1);
  assert.equal(cache.get("10000"), 10_000);
});
