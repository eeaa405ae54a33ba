/**
 * The account's last failed bind as its directory keeps it, and whether it moved.
 *
 * Active Directory: badPasswordTime, a FILETIME (100 ns since 1601). OpenLDAP: the newest pwdFailureTime, a generalized time with
 * microseconds. 389 Directory Server and FreeIPA: how many wrong passwords came since the last right one. Each becomes a decimal
 * number that grows with each wrong password; those of two products are never compared with one another.
 *
 * @see MS-ADA1 2.52 — badPasswordTime; MS-DTYP 2.3.3 — FILETIME
 * @see draft-behera-ldap-password-policy-11 §5.3.4 — pwdFailureTime
 * @module
 */

import type { FailureMarker } from "../../login/ports.ts";
import type { DirectoryEntry } from "../ldap/entry.ts";
import { unitsAt } from "../ldap/filetime.ts";
import type { Preset } from "../preset.ts";

const fractionDigits = 6;
const generalizedTime = /^(\d{14})(?:[.,](\d{1,9}))?Z$/;

/**
 * @returns `"0"` for an account that never failed, or whose failures are forgiven; undefined when a value is not a time: what
 *   cannot be read must not pass for "did not move".
 */
export function markerOf(entry: DirectoryEntry, preset: Preset): FailureMarker | undefined {
  return newestOf(entry, preset.failureAttribute, preset.failureUnit);
}

/** When the password was set, in the same form: `"0"` where it must be changed, or nobody ever set it. */
export function passwordTimeOf(entry: DirectoryEntry, preset: Preset): FailureMarker | undefined {
  return newestOf(entry, preset.passwordTimeAttribute, preset.passwordTimeUnit);
}

function newestOf(
  entry: DirectoryEntry,
  attribute: string,
  unit: Preset["failureUnit"],
): FailureMarker | undefined {
  const parse = unit === "generalized_time" ? parseTime : parseNumber;
  let newest = 0n;
  for (const text of entry.texts(attribute)) {
    const time = parse(text);
    if (time === undefined) return undefined;
    if (time > newest) newest = time;
  }
  return toMarker(newest);
}

/** Markers that other replicas read come over the wire. */
export function isMarker(text: string): text is FailureMarker {
  return /^\d{1,24}$/.test(text);
}

/** Strictly: the same failure seen twice did not move. */
export function isNewer(current: FailureMarker, earlier: FailureMarker): boolean {
  return BigInt(current) > BigInt(earlier);
}

/** The marker that a failure at this moment leaves on Active Directory. @param unixMs  Milliseconds since 1970, by the controller. */
export function markerAt(unixMs: number): FailureMarker | undefined {
  return toMarker(unitsAt(unixMs));
}

function parseNumber(text: string): bigint | undefined {
  return /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}

function parseTime(text: string): bigint | undefined {
  const match = generalizedTime.exec(text);
  if (match === null) return undefined;
  const [, seconds = "", fraction = ""] = match;
  return BigInt(seconds + fraction.slice(0, fractionDigits).padEnd(fractionDigits, "0"));
}

function toMarker(time: bigint): FailureMarker | undefined {
  const text = String(time);
  return isMarker(text) ? text : undefined;
}
