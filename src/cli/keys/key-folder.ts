/**
 * The folder that keys are kept in. No file with a secret is written over, but for one that holds several, in one step.
 *
 * @module
 */

import {
  appendFileSync,
  existsSync,
  linkSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { CommandError, exitCodes } from "../exit-codes.ts";

export class KeyFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get names(): readonly string[] {
    return this.#explained("read", () => readdirSync(this.path).toSorted());
  }

  has(name: string): boolean {
    return existsSync(join(this.path, name));
  }

  /** @throws {CommandError} */
  read(name: string): string {
    return this.#explained("read", () => readFileSync(join(this.path, name), "utf8"), name);
  }

  changedAt(name: string): Date {
    return this.#explained("read", () => statSync(join(this.path, name)).mtime, name);
  }

  /** @throws {CommandError} when it is there. */
  createSecret(name: string, content: string): void {
    this.#explained(
      "write",
      () => writeFileSync(join(this.path, name), content, { mode: 0o600, flag: "wx" }),
      name,
    );
  }

  appendSecret(name: string, line: string): void {
    this.#explained("write", () => appendFileSync(join(this.path, name), line, { mode: 0o600 }), name);
  }

  /** In one step, so that whoever reads it sees the old or the new one. */
  replacePublic(name: string, content: string): void {
    this.#replace(name, content, 0o644);
  }

  /** In one step too. */
  replaceSecret(name: string, content: string): void {
    this.#replace(name, content, 0o600);
  }

  #replace(name: string, content: string, mode: number): void {
    const partial = join(this.path, `${name}.partial`);
    this.#explained(
      "write",
      () => {
        rmSync(partial, { force: true });
        writeFileSync(partial, content, { mode, flag: "wx" });
        renameSync(partial, join(this.path, name));
      },
      name,
    );
  }

  /** @throws {CommandError} when the new name is taken: a rename would silently replace what has it. */
  move(from: string, to: string): void {
    this.#explained(
      "write",
      () => {
        linkSync(join(this.path, from), join(this.path, to));
        rmSync(join(this.path, from));
      },
      to,
    );
  }

  remove(name: string): void {
    this.#explained("write", () => rmSync(join(this.path, name)), name);
  }

  #explained<T>(verb: "read" | "write", act: () => T, name = ""): T {
    try {
      return act();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
      const why = code === "EEXIST" ? "it is there already, and is not overwritten" : code;
      throw new CommandError(
        `drawbridge keys: cannot ${verb} ${join(this.path, name)} (${why})`,
        exitCodes.cannotCreate,
      );
    }
  }
}
