/**
 * One entry that a search returned.
 *
 * All values are kept as bytes: whether one is text is known only to who asks for it.
 *
 * @module
 */

export class DirectoryEntry {
  readonly distinguishedName: string;
  /** By attribute in lower case: servers answer in the spelling of their schema, not of the request. */
  readonly #values: ReadonlyMap<string, readonly Buffer[]>;

  constructor(distinguishedName: string, values: Iterable<readonly [attribute: string, readonly Buffer[]]>) {
    this.distinguishedName = distinguishedName;
    const byName = new Map<string, readonly Buffer[]>();
    for (const [attribute, all] of values) byName.set(attribute.toLowerCase(), all);
    this.#values = byName;
  }

  /** Every value, none when the attribute is absent. */
  bytes(attribute: string): readonly Buffer[] {
    return this.#values.get(attribute.toLowerCase()) ?? [];
  }

  texts(attribute: string): readonly string[] {
    return this.bytes(attribute).map((value) => value.toString("utf8"));
  }

  /** This entry with other values of one attribute. */
  with(attribute: string, values: readonly Buffer[]): DirectoryEntry {
    return new DirectoryEntry(this.distinguishedName, [...this.#values, [attribute, values]]);
  }

  /** The first value. */
  text(attribute: string): string | undefined {
    return this.texts(attribute)[0];
  }
}
