/**
 * What somebody probably meant by a name that nothing has.
 *
 * @module
 */

/** ` (did you mean x?)`, or nothing, for the end of a sentence: the name that differs least, by at most half of its letters. */
export function didYouMean(word: string, names: readonly string[]): string {
  const [best] = names
    .map((name) => ({ name, changes: countChanges(word, name) }))
    .filter(({ changes }) => changes <= word.length / 2)
    .toSorted((a, b) => a.changes - b.changes);
  return best === undefined ? "" : ` (did you mean ${best.name}?)`;
}

/** Levenshtein's distance, one row of the table at a time. */
function countChanges(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of from.split("").entries()) {
    const next = [index + 1];
    for (const [column, other] of to.split("").entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
