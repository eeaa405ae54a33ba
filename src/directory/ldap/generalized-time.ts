/**
 * Generalized time as LDAP servers write it.
 *
 * @see RFC 4517 §3.3.13
 * @module
 */

// Year, month, day, hour; then minutes, seconds and a fraction of the last of these; then Z or an offset.
const pattern =
  /^(\d{4})(\d{2})(\d{2})(\d{2})(?:(\d{2})(\d{2})?)?(?:[.,](\d{1,9}))?(?:Z|([+-])(\d{2})(\d{2})?)$/;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** @returns milliseconds since 1970, the fraction rounded down; undefined for what is no time, such as the 30th of February. */
export function parseGeneralizedTime(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, sign, offsetHour, offsetMinute] = match;
  const date = `${year}-${month}-${day}`;
  const time = `${hour}:${minute ?? "00"}:${second === "60" ? "59" : (second ?? "00")}`;
  const wholeMs = Date.parse(`${date}T${time}Z`);
  // The parser takes a day too many for the next month's first.
  if (Number.isNaN(wholeMs) || new Date(wholeMs).toISOString().slice(0, 10) !== date) return undefined;
  const unitMs = minute === undefined ? hourMs : second === undefined ? minuteMs : 1_000;
  const fractionMs = Math.floor(Number(`0.${fraction ?? "0"}`) * unitMs);
  const offsetMs = Number(offsetHour ?? 0) * hourMs + Number(offsetMinute ?? 0) * minuteMs;
  return wholeMs + fractionMs - (sign === "-" ? -offsetMs : offsetMs);
}
