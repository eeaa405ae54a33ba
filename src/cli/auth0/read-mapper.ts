/**
 * What an old `profileMapper.js` takes from the directory, found in its text. It is never run.
 *
 * @module
 */

export interface MappedLine {
  /** The name in the old profile; absent where the text does not tell which it is. */
  readonly name?: string;
  /** Attributes that are read there. */
  readonly attributes: readonly string[];
  /** True where the value is one attribute and nothing else. */
  readonly isPlain: boolean;
  readonly line: number;
}

const read = /raw_data(?:\.([A-Za-z_$][\w$]*)|\[\s*(["'])([^"']+)\2\s*\])/g;
/** `name: …`, `profile.name = …`, `profile["name"] = …`. */
const target =
  /(?:profile\s*(?:\.\s*([A-Za-z_$][\w$]*)|\[\s*["']([^"']+)["']\s*\])\s*=(?!=)|["']?([A-Za-z_$][\w$]*)["']?\s*:)/g;
const plain = /^\s*raw_data(?:\.[A-Za-z_$][\w$]*|\[\s*(["'])[^"']+\1\s*\])[\s;}]*$/;

export function readMapper(code: string): readonly MappedLine[] {
  return withoutComments(code)
    .split("\n")
    .flatMap((text, index) => text.split(",").flatMap((piece) => readPiece(piece, index + 1)));
}

function readPiece(text: string, line: number): readonly MappedLine[] {
  const attributes = attributesIn(text);
  if (attributes.length === 0) return [];
  // Of an object inside of an object, the inner name.
  const before = text.slice(0, text.indexOf("raw_data"));
  const match = [...before.matchAll(target)].at(-1);
  if (match === undefined) return [{ attributes, isPlain: false, line }];
  const [whole, byDot, byBracket, byKey] = match;
  const name = byDot ?? byBracket ?? byKey ?? "";
  return [{ name, attributes, isPlain: plain.test(text.slice(match.index + whole.length)), line }];
}

function attributesIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(read)].map(([, dotted, , bracketed]) => dotted ?? bracketed ?? ""))];
}

/** Lines keep their numbers. A `//` inside of a text is taken for a comment too, which hides a reading at worst on that line. */
function withoutComments(code: string): string {
  return code
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, " "))
    .replaceAll(/(^|[^:])\/\/.*$/gm, "$1");
}
