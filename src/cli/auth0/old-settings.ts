/**
 * The settings of an old connector, in which a number or a truth may be written as text: it read the environment too.
 *
 * @module
 */

export class OldSettings {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  get keys(): readonly string[] {
    return Object.keys(this.#values);
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#values, key);
  }

  /** Not empty. */
  text(key: string): string | undefined {
    const value = this.#values[key];
    return typeof value === "string" && value !== "" ? value : undefined;
  }

  flag(key: string): boolean | undefined {
    const value = this.#values[key];
    if (typeof value === "boolean") return value;
    return value === "true" ? true : value === "false" ? false : undefined;
  }

  /** Above zero. */
  number(key: string): number | undefined {
    const value = this.#values[key];
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) && number > 0 ? number : undefined;
  }
}
