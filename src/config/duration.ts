/**
 * Durations as people write them: `250ms`, `5s`, `10m`, `1h`, `90d`.
 *
 * @module
 */

const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const pattern = /^(\d{1,9})(ms|s|m|h|d)$/;

/** @returns milliseconds, or undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = pattern.exec(text) ?? [];
  const unitMs = Object.entries(unitsMs).find(([name]) => name === unit)?.[1];
  return amount === undefined || unitMs === undefined ? undefined : Number(amount) * unitMs;
}
