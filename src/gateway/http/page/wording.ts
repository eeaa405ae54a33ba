/**
 * Which language a person is spoken to in, and with which words.
 *
 * @module
 */

import type { DenialReason } from "../../../login/verdict.ts";
import type { CertificateText } from "./texts.ts";
import { german } from "./texts-de.ts";
import { english } from "./texts-en.ts";
import type { Language, Texts } from "./texts.ts";
import { languages } from "./texts.ts";

const shipped: Readonly<Record<Language, Texts>> = { en: english, de: german };

/** What may be worded otherwise in the settings. */
export const changeableTexts = [
  "title",
  "intro",
  "userName",
  "password",
  "submit",
  "changeIntro",
  "unavailable",
  "footer",
] as const satisfies readonly (keyof Texts)[];
export type ChangedTexts = Readonly<Partial<Record<(typeof changeableTexts)[number], string>>>;

export function textsIn(
  language: Language,
  changed: Readonly<Partial<Record<Language, ChangedTexts>>>,
): Texts {
  return { ...shipped[language], ...changed[language] };
}

export function denialText({ denials, otherDenial }: Texts, reason: DenialReason): string {
  const texts: Readonly<Record<string, string>> = denials;
  return texts[reason] ?? otherDenial;
}

/** What is said of the account is said whatever somebody brought. */
const ofAccount: ReadonlySet<string> = new Set<DenialReason>([
  "account_disabled",
  "account_expired",
  "account_locked",
  "logon_hours",
]);

export function ticketText(texts: Texts, reason: DenialReason): string {
  if (reason === "ticket_clock_skew") return texts.ticketClock;
  return ofAccount.has(reason) ? denialText(texts, reason) : texts.ticketDenied;
}

export type CertificateProblem = DenialReason | CertificateText;

/** @param problem  A {@link CertificateProblem}, or whatever stands in an address instead. */
export function certificateText(texts: Texts, problem: string): string {
  const ofCertificates: Readonly<Record<string, string>> = texts.certificates;
  const ofDenials: Readonly<Record<string, string>> = texts.denials;
  const own = Object.hasOwn(ofCertificates, problem) ? ofCertificates[problem] : undefined;
  return own ?? (ofAccount.has(problem) ? ofDenials[problem] : undefined) ?? texts.certificates.denied;
}

/**
 * @param asked  `ui_locales` of the application, the best first.
 * @param accepted  The browser's `Accept-Language`.
 * @see RFC 9110 §12.5.4
 */
export function chooseLanguage(
  byDefault: Language,
  asked: string | undefined,
  accepted: string | undefined,
): Language {
  const wanted = [...(asked ?? "").split(/\s+/), ...byPreference(accepted ?? "")];
  for (const tag of wanted) {
    const primary = tag.toLowerCase().split("-")[0];
    const found = languages.find((language) => language === primary);
    if (found !== undefined) return found;
  }
  return byDefault;
}

function byPreference(accepted: string): readonly string[] {
  return accepted
    .slice(0, 500)
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().split(";");
      const quality = /^\s*q=([\d.]+)\s*$/.exec(parameters[0] ?? "")?.[1];
      return { tag, quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ quality }) => quality > 0)
    .toSorted((one, other) => other.quality - one.quality)
    .map(({ tag }) => tag);
}
