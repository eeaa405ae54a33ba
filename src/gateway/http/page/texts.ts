/**
 * Everything that the pages say.
 *
 * @module
 */

import type { Refusal } from "../../../login/operation.ts";
import type { DenialReason } from "../../../login/verdict.ts";

export const languages = ["en", "de"] as const;
export type Language = (typeof languages)[number];

/** `{name}` is the name of the installation, `{application}` the application that the person wants to use. */
export interface Texts {
  readonly title: string;
  readonly intro: string;
  readonly userName: string;
  readonly password: string;
  readonly connection: string;
  readonly connectionByMail: string;
  readonly connectionChoose: string;
  readonly submit: string;
  readonly working: string;
  readonly cancel: string;
  /** Below the form; empty unless the settings have one. */
  readonly footer: string;
  readonly problemTitle: string;

  readonly changeTitle: string;
  readonly changeIntro: string;
  readonly oldPassword: string;
  readonly newPassword: string;
  readonly repeatPassword: string;
  readonly changeSubmit: string;
  readonly changedButDenied: string;
  readonly changeUnresolved: string;

  readonly continueTitle: string;
  readonly continueText: string;
  readonly continueLink: string;
  readonly cachedTitle: string;
  readonly cachedText: string;

  readonly logoutTitle: string;
  readonly logoutText: string;
  readonly logoutSubmit: string;
  readonly logoutStay: string;
  readonly loggedOutTitle: string;
  readonly loggedOutText: string;

  readonly nameMissing: string;
  readonly nameMalformed: string;
  readonly passwordMissing: string;
  readonly passwordTooLong: string;
  readonly connectionMissing: string;
  readonly newPasswordMissing: string;
  readonly repeatDiffers: string;
  readonly denials: Readonly<Record<PasswordDenial, string>>;
  /** To somebody without one. */
  readonly otherDenial: string;
  /** Of the links to what can be had instead of a password. */
  readonly otherWays: string;
  readonly ticketUse: string;
  readonly ticketMissing: string;
  readonly ticketDenied: string;
  readonly ticketClock: string;
  readonly ticketUnavailable: string;
  readonly certificateUse: string;
  readonly certificates: Readonly<Record<CertificateText, string>>;
  readonly refusals: Readonly<Record<Refusal, string>>;
  /** Nothing was found out about the person, whichever part was out of order. */
  readonly unavailable: string;
  /** Too many wrong passwords were tried, for this account or from here; this one was not. */
  readonly throttled: string;

  readonly errors: Readonly<Record<PageError, { readonly title: string; readonly text: string }>>;
}

/** What a directory may say to somebody with a password. */
type PasswordDenial = Exclude<DenialReason, `certificate_${string}` | `ticket_${string}`>;

/** What is said of a certificate, beside what is said of the account. `over`: it was looked at, but too long ago or in another window. */
export type CertificateText =
  | "missing"
  | "denied"
  | "over"
  | "unavailable"
  | Extract<DenialReason, "certificate_expired" | "certificate_not_yet_valid" | "certificate_revoked">;

/** Why there is a page instead of a login. */
export const pageErrors = [
  "expired",
  "foreign_form",
  "bad_request",
  "bad_redirect",
  "unknown_client",
  "unavailable",
  "too_many",
  "not_found",
  "defect",
] as const;
export type PageError = (typeof pageErrors)[number];
