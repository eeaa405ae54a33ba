/**
 * One value of an attribute as what the profile wants of it.
 *
 * @module
 */

import type { ProfileScalar } from "../../login/identity.ts";
import { parseFiletime, unixMsOf } from "../ldap/filetime.ts";
import { parseGeneralizedTime } from "../ldap/generalized-time.ts";
import { decodeGuid } from "../ldap/guid.ts";
import { decodeSid } from "../ldap/sid.ts";
import type { ValueType } from "./profile-options.ts";

/** `nothing`: a value that stands for none. `unfit`: it is not of this type. */
export type Decoded =
  | { readonly kind: "value"; readonly value: ProfileScalar }
  | { readonly kind: "nothing" }
  | { readonly kind: "unfit" };

/** The byte order mark is kept: what the directory holds is not ours to change. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const decoders: Readonly<Record<ValueType, (bytes: Buffer) => Decoded>> = {
  text: (bytes) => fit(textOf(bytes)),
  integer: (bytes) => fit(integerOf(textOf(bytes))),
  boolean: (bytes) => fit(booleanOf(textOf(bytes))),
  time: (bytes) => timeOf(textOf(bytes)),
  sid: (bytes) => fit(decodeSid(bytes)),
  guid: (bytes) => fit(decodeGuid(bytes)),
  base64: (bytes) => fit(bytes.toString("base64")),
};

export function decodeValue(bytes: Buffer, type: ValueType): Decoded {
  return decoders[type](bytes);
}

export function textOf(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function integerOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^-?\d{1,16}$/.test(text)) return undefined;
  // @NOTE "-0" is a number that JSON does not know; with nothing added it is 0.
  const number = Number(text) + 0;
  return Number.isSafeInteger(number) ? number : undefined;
}

function booleanOf(text: string | undefined): boolean | undefined {
  if (text === "TRUE") return true;
  return text === "FALSE" ? false : undefined;
}

/** Generalized time always has a letter or a sign at its end, so the two cannot be confused. */
function timeOf(text: string | undefined): Decoded {
  if (text === undefined) return { kind: "unfit" };
  const filetime = parseFiletime(text);
  if (filetime !== undefined && filetime.kind !== "time") return { kind: "nothing" };
  const unixMs = filetime === undefined ? parseGeneralizedTime(text) : unixMsOf(filetime.units);
  return fit(unixMs === undefined ? undefined : rfc3339(unixMs));
}

/** RFC 3339 §1 has no year beyond 9999. */
function rfc3339(unixMs: number): string | undefined {
  const text = new Date(unixMs).toISOString();
  return /^\d{4}-/.test(text) ? text : undefined;
}

function fit(value: ProfileScalar | undefined): Decoded {
  return value === undefined ? { kind: "unfit" } : { kind: "value", value };
}
