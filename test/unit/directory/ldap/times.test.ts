import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseFiletime, unitsAt, unixMsOf } from "../../../../src/directory/ldap/filetime.ts";
import { parseGeneralizedTime } from "../../../../src/directory/ldap/generalized-time.ts";

const firstMs = Date.UTC(1601, 0, 1) + 1;
const calendarEnd = 8_640_000_000_000_000;

test("any moment survives the way to a FILETIME and back", () => {
  fc.assert(
    fc.property(fc.integer({ min: firstMs, max: 900_000_000_000_000 }), (ms) => {
      const parsed = parseFiletime(String(unitsAt(ms)));
      assert.ok(parsed?.kind === "time");
      assert.equal(unixMsOf(parsed.units), ms);
    }),
  );
});

test("any 64-bit number is a time, one of the two special values, or nothing", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }), (units) => {
      const parsed = parseFiletime(String(units));
      if (units === 0n) assert.deepEqual(parsed, { kind: "zero" });
      else if (units === 2n ** 63n - 1n) assert.deepEqual(parsed, { kind: "never" });
      else if (units < 0n || units >= 2n ** 63n) assert.equal(parsed, undefined);
      else assert.deepEqual(parsed, { kind: "time", units });
    }),
  );
});

test("the published example of a FILETIME is the 1st of January 1970", () => {
  assert.equal(unixMsOf(116_444_736_000_000_000n), 0);
});

test("a FILETIME beyond the calendar is no moment", () => {
  assert.equal(unixMsOf(unitsAt(calendarEnd)), calendarEnd);
  assert.equal(unixMsOf(unitsAt(calendarEnd) + 10_000n), undefined);
});

test("any moment written as generalized time is read as that moment", () => {
  const years = { min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z") };
  fc.assert(
    fc.property(fc.date({ ...years, noInvalidDate: true }), (date) => {
      const text = date.toISOString().replaceAll(/[-:T]/g, "");
      assert.equal(parseGeneralizedTime(text), date.getTime());
    }),
  );
});

test("shorter forms, fractions and offsets are generalized time too", () => {
  const noon = Date.UTC(2026, 10, 23, 12);
  assert.equal(parseGeneralizedTime("2026112312Z"), noon);
  assert.equal(parseGeneralizedTime("202611231200Z"), noon);
  assert.equal(parseGeneralizedTime("20261123120000.0Z"), noon);
  assert.equal(parseGeneralizedTime("2026112311,5Z"), noon - 30 * 60_000);
  assert.equal(parseGeneralizedTime("20261123140000+0200"), noon);
  assert.equal(parseGeneralizedTime("20261123063000-0530"), noon);
});

test("what is no time is not read as one", () => {
  for (const text of ["", "now", "20261123", "20260230120000Z", "20261301000000Z", "20261123250000Z"]) {
    assert.equal(parseGeneralizedTime(text), undefined, text);
  }
});
