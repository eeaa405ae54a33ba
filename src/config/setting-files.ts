/**
 * The files that settings name, with what was wrong with each.
 *
 * @module
 */

import { Secret } from "../login/secret.ts";
import type { ConfigProblem } from "./load.ts";
import { readTextFile } from "./text-file.ts";

/** What is shorter can be guessed, or was thought up. */
const tokenLengthMin = 32;

const keyBytesMin = 32;
const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

export class SettingFiles {
  readonly problems: ConfigProblem[] = [];
  /** What was read so far, by the setting that names the file. */
  readonly texts = new Map<string, string>();
  readonly #earlier: ReadonlyMap<string, string>;

  /** @param earlier  `texts` of an earlier reading, used for what cannot be read any more. */
  constructor(earlier: ReadonlyMap<string, string> = new Map()) {
    this.#earlier = earlier;
  }

  /** The content without its trailing line break. After a problem what it was earlier, or else empty. */
  text(path: string, file: string): string {
    const text = this.#read(path, file) ?? this.#earlier.get(path);
    if (text === undefined) return "";
    this.texts.set(path, text);
    return text;
  }

  secret(path: string, file: string): Secret {
    return new Secret(this.text(path, file));
  }

  token(path: string, file: string): Secret {
    const text = this.text(path, file);
    const isShort = text !== "" && text.length < tokenLengthMin;
    return new Secret(
      isShort ? this.#complain(path, `${file} is shorter than ${tokenLengthMin} characters`) : text,
    );
  }

  /** Bytes, written in base64. */
  keys(path: string, files: readonly string[]): readonly Secret[] {
    return files.map((file, index) => {
      const place = `${path}.${index}`;
      const text = this.text(place, file);
      const isKey = isBase64.test(text) && Buffer.from(text, "base64").length >= keyBytesMin;
      return new Secret(
        isKey || text === "" ? text : this.#complain(place, `${file} is not ${keyBytesMin} bytes in base64`),
      );
    });
  }

  list(path: string, files: readonly string[]): readonly string[] {
    return files.map((file, index) => this.text(`${path}.${index}`, file));
  }

  optional(path: string, file: string | undefined): string | undefined {
    return file === undefined ? undefined : this.text(path, file);
  }

  #read(path: string, file: string): string | undefined {
    const read = readTextFile(file);
    const text = read.ok ? read.text.replace(/\r?\n$/, "") : undefined;
    if (text !== undefined && text !== "") return text;
    this.#complain(path, read.ok ? `${file} is empty` : `${file} ${read.problem}`);
    return undefined;
  }

  #complain(path: string, message: string): "" {
    this.problems.push({ path, message });
    return "";
  }
}
