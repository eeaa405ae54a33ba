import assert from "node:assert/strict";
import { test } from "node:test";
import { DirectoryEntry } from "../../../../src/directory/ldap/entry.ts";
import { isMarker, isNewer, markerAt, markerOf } from "../../../../src/directory/accounts/failure-marker.ts";
import { presets } from "../../../../src/directory/preset.ts";
import type { PresetName } from "../../../../src/directory/preset.ts";
import type { FailureMarker } from "../../../../src/login/ports.ts";

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

test("a moment on the controller's clock is a FILETIME", () => {
  assert.equal(markerAt(0), "116444736000000000");
  assert.equal(markerAt(2_000.7), "116444736020000000");
});

test("where wrong passwords are only counted, the count is what moves", () => {
  assert.equal(read("389ds"), "0");
  assert.equal(read("freeipa", "2"), "2");
  assert.equal(isNewer(marker("3"), marker("2")), true);
});
