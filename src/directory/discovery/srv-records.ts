/**
 * SRV records: what an answer says of them, and in which order servers are to be tried.
 *
 * @see RFC 2782 — priority, weight, port, target
 * @module
 */

export interface SrvRecord {
  /** A host name, in lower case, without the dot at its end. */
  readonly target: string;
  readonly port: number;
  /** Lower ones first, always. */
  readonly priority: number;
  /** Share of the logins among those of one priority. */
  readonly weight: number;
}

/** A weight of 0 still has a chance, but a small one against any other. */
const leastWeight = 0.01;

/**
 * By priority, and inside of one at random by weight.
 *
 * @param lotOf  A number from 0 to 1 for each host. The same numbers give the same order: whoever draws a host's lot once keeps to
 *   its choice however often it asks, and all who draw for themselves share the servers out by their weights.
 */
export function inOrder(
  records: readonly SrvRecord[],
  lotOf: (target: string) => number,
): readonly SrvRecord[] {
  // The least of exponential variables falls to each in proportion to its rate.
  const waits = new Map(
    records.map((record) => [
      record,
      -Math.log(1 - lotOf(record.target)) / Math.max(record.weight, leastWeight),
    ]),
  );
  const waitOf = (record: SrvRecord): number => waits.get(record) ?? 0;
  return records.toSorted((a, b) => a.priority - b.priority || waitOf(a) - waitOf(b));
}

const label = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
const nameLengthMax = 253;

/** @returns undefined for what is no host name: the certificate could not be checked against it. */
export function hostName(text: string): string | undefined {
  const name = text.toLowerCase().replace(/\.$/, "");
  const labels = name.split(".");
  // An address has only digits at its end, a host name never has.
  const isHost = labels.every((one) => label.test(one)) && !/^\d+$/.test(labels.at(-1) ?? "");
  return isHost && name.length <= nameLengthMax ? name : undefined;
}
