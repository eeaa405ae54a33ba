/**
 * Pages as values: what is not marked up already is escaped once, when it is put into a page.
 *
 * @module
 */

/** Made by {@link html} alone, so that no text can pass for mark-up. */
class HtmlText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  render(): string {
    return this.#text;
  }
}

export type Html = HtmlText;
export type HtmlValue = Html | string | number | undefined | readonly Html[];

/**
 * An interpolated value stands in the text of an element or in a quoted attribute, where five characters are all that matters.
 * `undefined` is nothing.
 *
 * @throws {Error} for text in a tag that is not in quotes: there, no escaping helps.
 */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const [first = "", ...rest] = parts;
  let text = first;
  values.forEach((value, index) => {
    if (typeof value !== "object" && value !== undefined && isInBareTag(text))
      throw new Error("a value in a tag, and not in quotes");
    text += renderValue(value) + (rest[index] ?? "");
  });
  return new HtmlText(text);
}

export function renderHtml(page: Html): string {
  return page.render();
}

function isInBareTag(before: string): boolean {
  const tag = before.slice(before.lastIndexOf("<"));
  return tag.startsWith("<") && !tag.includes(">") && tag.split('"').length % 2 === 1;
}

function renderValue(value: HtmlValue): string {
  if (value === undefined) return "";
  if (value instanceof HtmlText) return value.render();
  if (typeof value === "object") return value.map((one) => one.render()).join("");
  return String(value).replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
