/**
 * The files that settings name, with what was wrong with each.
 *
 * @module
 */

import { Secret } from "../login/secret.ts";
import type { ConfigProblem } from "./load.ts";
import { readBytes, readTextFile } from "./text-file.ts";

/** What is shorter can be guessed, or was thought up. */
const tokenLengthMin = 32;

const keyBytesMin = 32;
const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const pictureBytesMax = 262_144;

export class SettingFiles {
  readonly problems: ConfigProblem[] = [];
  /** What was read, by the setting that names the file. */
  readonly #texts = new Map<string, Secret>();
  /** Settings whose file is not there, or empty. */
  readonly #gone = new Set<string>();
  readonly #earlierTexts: ReadonlyMap<string, Secret>;
  readonly #earlierGone: ReadonlySet<string>;
  #isComplete = true;

  /** @param earlier  An earlier reading, used for what cannot be read any more. */
  constructor(earlier?: SettingFiles) {
    this.#earlierTexts = earlier === undefined ? new Map() : earlier.#texts;
    this.#earlierGone = earlier === undefined ? new Set() : earlier.#gone;
  }

  /** False when there was nothing to put in the place of what could not be read, or is of no use. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The content without its trailing line break. After a problem what it was earlier, or else empty. */
  text(path: string, file: string): string {
    return this.#kept(path, this.#read(path, file));
  }

  bytes(path: string, file: string): Uint8Array {
    const read = readBytes(file);
    if (read.ok && read.bytes.length > 0) return read.bytes;
    this.#complain(path, read.ok ? `${file} is empty` : `${file} ${read.problem}`);
    return new Uint8Array();
  }

  secret(path: string, file: string): Secret {
    return new Secret(this.text(path, file));
  }

  token(path: string, file: string): Secret {
    const text = this.text(path, file);
    const isShort = text !== "" && text.length < tokenLengthMin;
    if (!isShort) return new Secret(text);
    this.#isComplete = false;
    return new Secret(this.#complain(path, `${file} is shorter than ${tokenLengthMin} characters`));
  }

  /** The first key of a file. */
  key(path: string, file: string): Secret {
    return this.#keysIn(path, file)[0] ?? new Secret("");
  }

  /** Bytes, written in base64, one or more in a file, each on a line of its own. */
  keys(path: string, files: readonly string[]): readonly Secret[] {
    return files.flatMap((file, index) => this.#keysIn(`${path}.${index}`, file));
  }

  #keysIn(path: string, file: string): readonly Secret[] {
    const lines = this.text(path, file).split(/\r?\n/);
    const isKey = (line: string): boolean =>
      isBase64.test(line) && Buffer.from(line, "base64").length >= keyBytesMin;
    if (lines.every((line) => line === "" || isKey(line)))
      return lines.filter((line) => line !== "").map((line) => new Secret(line));
    this.#isComplete = false;
    return [new Secret(this.#complain(path, `${file} is not ${keyBytesMin} bytes in base64`))];
  }

  /**
   * Of those who are trusted, each file may go: one that is not there, or empty, for a second reading is left out. What stands there
   * and cannot be read is, as everywhere, what it was.
   */
  trusted(path: string, files: readonly string[]): readonly string[] {
    return files.flatMap((file, index) => {
      const place = `${path}.${index}`;
      const text = this.#read(place, file);
      const isRevoked = text === undefined && this.#gone.has(place) && this.#earlierGone.has(place);
      return isRevoked ? [] : [this.#kept(place, text)];
    });
  }

  optional(path: string, file: string | undefined): string | undefined {
    return file === undefined ? undefined : this.text(path, file);
  }

  picture(path: string, file: string): Buffer {
    const read = readBytes(file);
    if (!read.ok || read.bytes.length > pictureBytesMax) this.#isComplete = false;
    if (!read.ok) this.#complain(path, `${file} ${read.problem}`);
    else if (read.bytes.length > pictureBytesMax) this.#complain(path, `${file} is larger than 256 KiB`);
    return Buffer.from(read.ok ? read.bytes : []);
  }

  #kept(path: string, read: string | undefined): string {
    const text = read ?? this.#earlierTexts.get(path)?.reveal();
    if (text === undefined) this.#isComplete = false;
    else this.#texts.set(path, new Secret(text));
    return text ?? "";
  }

  #read(path: string, file: string): string | undefined {
    const read = readTextFile(file);
    const text = read.ok ? read.text.replace(/\r?\n$/, "") : undefined;
    if (text !== undefined && text !== "") return text;
    if (read.ok || read.isMissing) this.#gone.add(path);
    this.#complain(path, read.ok ? `${file} is empty` : `${file} ${read.problem}`);
    return undefined;
  }

  #complain(path: string, message: string): "" {
    this.problems.push({ path, message });
    return "";
  }
}
