/**
 * Which records of each process were seen, so that those show that are missing, that came twice, or that are nobody's.
 *
 * @module
 */

export class Tally {
  readonly #seen = new Map<string, Set<number>>();
  #foreign = 0;
  #again = 0;

  /** @returns whether it is the first time. */
  count(process: string, sequence: number): boolean {
    const seen = this.#seen.get(process) ?? new Set();
    this.#seen.set(process, seen);
    if (seen.has(sequence)) {
      this.#again += 1;
      return false;
    }
    seen.add(sequence);
    return true;
  }

  foreign(): void {
    this.#foreign += 1;
  }

  /** Sentences; none where nothing is wrong. @param isWhole  Whether each process's records were looked at one after another. */
  findings(isWhole: boolean): readonly string[] {
    const missing = isWhole ? [...this.#seen].flatMap(([process, seen]) => missingOf(process, seen)) : [];
    return [
      ...(this.#foreign === 0
        ? []
        : [`${this.#foreign} in the stream are forged, or sealed with a key that is not given`]),
      ...(this.#again === 0 ? [] : [`${this.#again} stand in the stream a second time`]),
      ...missing,
    ];
  }
}

function missingOf(process: string, seen: ReadonlySet<number>): readonly string[] {
  let [least, most] = [Infinity, -Infinity];
  for (const sequence of seen) [least, most] = [Math.min(least, sequence), Math.max(most, sequence)];
  const count = most - least + 1 - seen.size;
  return count === 0 ? [] : [`${count} of process ${process} are missing`];
}
