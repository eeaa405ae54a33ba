import assert from "node:assert/strict";
import { test } from "node:test";
import { DirectoryEntry } from "../../../src/directory/entry.ts";
import { isMarker, isNewer, markerBefore, markerOf } from "../../../src/directory/failure-marker.ts";
import { presets } from "../../../src/directory/preset.ts";
import type { PresetName } from "../../../src/directory/preset.ts";
import type { FailureMarker } from "../../../src/login/ports.ts";

function read(preset: PresetName, ...values: readonly string[]): FailureMarker | undefined {
  const { failureAttribute } = presets[preset];
  const entry = new DirectoryEntry("uid=ada", [
    [failureAttribute, values.map((value) => Buffer.from(value))],
  ]);
  return markerOf(entry, presets[preset]);
}

function marker(text: string): FailureMarker {
  assert.ok(isMarker(text));
  return text;
}

test("an account that never failed has the marker 0", () => {
  assert.equal(read("active-directory"), "0");
  assert.equal(read("active-directory", "0"), "0");
  assert.equal(read("openldap"), "0");
});

test("OpenLDAP's newest failure counts, to the microsecond", () => {
  const times = ["20261123144500.000002Z", "20261123144500.100000Z", "20261123144500.000010Z"] as const;
  assert.equal(read("openldap", ...times), "20261123144500100000");
  assert.equal(read("openldap", "20261123144500Z"), "20261123144500000000");
});

test("a time that cannot be read does not pass for never", () => {
  assert.equal(read("openldap", "yesterday"), undefined);
  assert.equal(read("active-directory", "-1"), undefined);
});

test("the same failure seen twice did not move; a forgiven one neither", () => {
  assert.equal(isNewer(marker("133000000000000000"), marker("133000000000000000")), false);
  assert.equal(isNewer(marker("133000000000000001"), marker("133000000000000000")), true);
  assert.equal(isNewer(marker("0"), marker("133000000000000000")), false);
});

test("markers are compared as numbers, not as text", () => {
  assert.equal(isNewer(marker("99"), marker("133000000000000000")), false);
});

test("the controller's clock less the time since the grant is a FILETIME, a second on the safe side", () => {
  // 1970-01-01T00:00:00Z is 116444736000000000; five seconds later, less two, less one.
  assert.equal(markerBefore("19700101000005.0Z", 2_000), "116444736020000000");
});

test("what is no time gives no marker", () => {
  assert.equal(markerBefore("", 0), undefined);
  assert.equal(markerBefore("now", 0), undefined);
});
