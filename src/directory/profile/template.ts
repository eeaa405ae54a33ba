/**
 * Text with attributes in it: `{givenName} {sn}`.
 *
 * @module
 */

export type TemplatePart = { readonly text: string } | { readonly attribute: string };

const part = /\{\{|\}\}|\{([A-Za-z][A-Za-z0-9;-]*)\}|[^{}]+/y;

/** @returns undefined for braces that enclose no attribute's name. */
export function parseTemplate(template: string): readonly TemplatePart[] | undefined {
  const parts: TemplatePart[] = [];
  part.lastIndex = 0;
  while (part.lastIndex < template.length) {
    const match = part.exec(template);
    if (match === null) return undefined;
    const [text, attribute] = match;
    if (attribute !== undefined) parts.push({ attribute });
    else parts.push({ text: text === "{{" || text === "}}" ? text.slice(1) : text });
  }
  return parts;
}

/** @returns undefined where an attribute has no value. */
export function fillTemplate(
  parts: readonly TemplatePart[],
  valueOf: (attribute: string) => string | undefined,
): string | undefined {
  let filled = "";
  for (const each of parts) {
    const text = "text" in each ? each.text : valueOf(each.attribute);
    if (text === undefined) return undefined;
    filled += text;
  }
  return filled;
}
