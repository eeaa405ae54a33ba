/**
 * The fields of a form that a browser sent.
 *
 * @see WHATWG URL, application/x-www-form-urlencoded
 * @module
 */

const fieldsMax = 20;

/**
 * @returns undefined for what no form of ours sends: too many fields, one twice, or bytes that are not UTF-8. Decoded leniently, a
 *   password in another encoding would reach the directory as a wrong one and be counted.
 */
export function parseForm(body: string): ReadonlyMap<string, string> | undefined {
  const parts = body === "" ? [] : body.split("&");
  if (parts.length > fieldsMax) return undefined;
  const fields = new Map<string, string>();
  for (const part of parts) {
    const [name = "", ...rest] = part.split("=");
    const [key, value] = [decode(name), decode(rest.join("="))];
    if (key === undefined || value === undefined || fields.has(key)) return undefined;
    fields.set(key, value);
  }
  return fields;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
