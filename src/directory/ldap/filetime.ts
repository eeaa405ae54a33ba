/**
 * Active Directory's times: 100 ns since 1601-01-01 UTC, as decimal text.
 *
 * @see MS-DTYP 2.3.3 — FILETIME; MS-ADTS 3.1.1.2.2.2.11 — LargeInteger
 * @module
 */

const unitsPerMs = 10_000n;
/** Milliseconds from 1601-01-01 to 1970-01-01. */
const unixEpochMs = 11_644_473_600_000n;
/** 2^63 - 1: never. */
const never = 9_223_372_036_854_775_807n;
/** The last instant of JavaScript's calendar, in milliseconds since 1970. */
const latestUnixMs = 8_640_000_000_000_000n;

export type Filetime =
  | { readonly kind: "time"; readonly units: bigint }
  /** 0 or 2^63 - 1; which of the two means what depends on the attribute. */
  | { readonly kind: "zero" }
  | { readonly kind: "never" };

/** @returns undefined for what is not a whole number of 64 bits, or is negative: an interval, not a time. */
export function parseFiletime(text: string): Filetime | undefined {
  if (!/^\d{1,19}$/.test(text)) return undefined;
  const units = BigInt(text);
  if (units === 0n) return { kind: "zero" };
  if (units >= never) return units === never ? { kind: "never" } : undefined;
  return { kind: "time", units };
}

/** Milliseconds since 1970, rounded down; negative before it. Undefined beyond the year 275760. */
export function unixMsOf(units: bigint): number | undefined {
  const ms = units / unitsPerMs - unixEpochMs;
  return ms <= latestUnixMs ? Number(ms) : undefined;
}

/** @param unixMs  Milliseconds since 1970, rounded down. */
export function unitsAt(unixMs: number): bigint {
  return (BigInt(Math.floor(unixMs)) + unixEpochMs) * unitsPerMs;
}
