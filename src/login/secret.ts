/**
 * A string that cannot be printed by accident.
 *
 * Every usual way out (template strings, JSON, `util.inspect`, error messages) yields `[secret]`;
 * `reveal()` is the only door, and a search for it lists every place where a secret is used.
 *
 * @NOTE V8 strings cannot be wiped. `drop()` releases the reference, so that a later heap dump holds the
 * value only until the next garbage collection.
 *
 * @module
 */

const mask = "[secret]";

export class Secret {
  #value: string | undefined;

  constructor(value: string) {
    this.#value = value;
  }

  /** @throws {Error} after `drop()`: using a dropped secret is a defect, not an empty password. */
  reveal(): string {
    if (this.#value === undefined) throw new Error("secret used after it was dropped");
    return this.#value;
  }

  drop(): void {
    this.#value = undefined;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return mask;
  }
}
