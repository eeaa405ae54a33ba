import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createGroupFilter } from "../../../../src/directory/groups/group-filter.ts";
import type { GroupFilterOptions } from "../../../../src/directory/groups/group-filter.ts";

const engineers = { name: "Engineers", distinguishedName: "CN=Engineers,OU=Apps,DC=example,DC=test" };
const foreign = { name: "S-1-5-21-1-2-3-4", sid: "S-1-5-21-1-2-3-4" };

const cases: readonly (readonly [GroupFilterOptions, boolean])[] = [
  [{}, true],
  [{ include: ["engineers"] }, true],
  [{ include: ["engineer"] }, false],
  [{ include: ["ENG*"] }, true],
  [{ include: ["*neers"] }, true],
  [{ include: ["e*g*s"] }, true],
  [{ include: ["e*gg*s"] }, false],
  [{ include: ["*"] }, true],
  [{ include: ["engineers*s"] }, false],
  [{ include: ["other", "eng*"] }, true],
  [{ include: ["e.*"] }, false],
  [{ exclude: ["eng*"] }, false],
  [{ include: ["eng*"], exclude: ["*s"] }, false],
  [{ below: ["ou=apps, dc=EXAMPLE,dc=test"] }, true],
  [{ below: ["OU=Other,DC=example,DC=test", "DC=test"] }, true],
  [{ below: ["OU=pps,DC=example,DC=test"] }, false],
];
for (const [options, expected] of cases) {
  test(`${JSON.stringify(options)} ${expected ? "tells" : "hides"} the group`, () => {
    assert.equal(createGroupFilter(options)(engineers), expected);
  });
}

test("a group that has no place here is below none", () => {
  assert.equal(createGroupFilter({ below: ["DC=example,DC=test"] })(foreign), false);
  assert.equal(createGroupFilter({})(foreign), true);
});

test("a place that is no name is refused", () => {
  for (const place of ["Apps", ""])
    assert.throws(() => createGroupFilter({ below: [place] }), /groups\.below/);
});

test("a pattern matches what the same pattern as a regular expression matches", () => {
  const piece = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
  const name = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 });
  fc.assert(
    fc.property(piece, name, (pattern, text) => {
      const expected = new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(text);
      assert.equal(createGroupFilter({ include: [pattern] })({ name: text }), expected);
    }),
    { numRuns: 2_000 },
  );
});
