/**
 * The name that a person typed, checked for what no directory accepts and sorted by form.
 *
 * It is not a distinguished name, filter or bind name yet: each of those is made elsewhere, by a type of its
 * own. The text is kept exactly as typed, because directories fold case and accents by rules of their own.
 *
 * @see MS-ADTS 5.1.1.1.1 — name forms of a simple bind
 * @module
 */

export type AccountName =
  | { readonly form: "plain"; readonly text: string }
  /** `user@suffix`: a user principal name or a mail address. The suffix is what follows the last `@`. */
  | { readonly form: "principal"; readonly text: string; readonly user: string; readonly suffix: string }
  /** `DOMAIN\user` (down-level logon name). */
  | { readonly form: "down_level"; readonly text: string; readonly domain: string; readonly user: string };

export type ParsedAccountName =
  | { readonly ok: true; readonly name: AccountName }
  | { readonly ok: false; readonly problem: "empty" | "too_long" | "control_character" | "malformed" };

/** Longest name accepted, in UTF-16 code units: RFC 5321 allows 254 for a mail address. */
export const accountNameLengthMax = 256;

// Control characters (C0, DEL, C1), line and paragraph separators, bidirectional overrides, lone surrogates.
const forbidden = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\p{Cs}]/u;

export function parseAccountName(text: string): ParsedAccountName {
  if (text.trim() === "") return { ok: false, problem: "empty" };
  if (text.length > accountNameLengthMax) return { ok: false, problem: "too_long" };
  if (forbidden.test(text)) return { ok: false, problem: "control_character" };

  const backslash = text.indexOf("\\");
  if (backslash >= 0) {
    const domain = text.slice(0, backslash);
    const user = text.slice(backslash + 1);
    if (domain === "" || user === "") return { ok: false, problem: "malformed" };
    return { ok: true, name: { form: "down_level", text, domain, user } };
  }

  const at = text.lastIndexOf("@");
  if (at > 0 && at < text.length - 1) {
    return {
      ok: true,
      name: { form: "principal", text, user: text.slice(0, at), suffix: text.slice(at + 1) },
    };
  }
  return { ok: true, name: { form: "plain", text } };
}
