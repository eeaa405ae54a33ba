/**
 * Lists of revoked certificates (CRLs).
 *
 * Whole lists of one authority about its own certificates. A list that is only the changes since another one, that speaks of other
 * authorities' certificates or of some reasons only, or that has a critical part which is not understood, cannot be used: what it does
 * not hold may be revoked all the same.
 *
 * @see RFC 5280 §5, §6.3
 * @module
 */

import { setImmediate } from "node:timers/promises";
import { decodeExtensions, extensionOids } from "../certificate.ts";
import type { Certificate, Extensions } from "../certificate.ts";
import {
  constructedTag,
  contextTag,
  decodeBoolean,
  decodeInteger,
  decodeOctets,
  decodeTime,
  DerError,
  DerReader,
  derTags,
  readSequence,
} from "../der.ts";
import type { DerValue } from "../der.ts";
import { decodeGeneralNames } from "../name.ts";
import { authorityOf, mayUseKey } from "../purpose.ts";
import { isSignedBy } from "../signature.ts";

export interface RevocationList {
  /** In DER. */
  readonly issuer: Buffer;
  readonly thisUpdateMs: number;
  readonly nextUpdateMs: number;
  /** In hexadecimal digits. */
  readonly serials: ReadonlySet<string>;
  readonly scope: ListScope;
  readonly signed: { readonly algorithm: DerValue; readonly bytes: Buffer; readonly signature: Buffer };
}

interface ListScope {
  readonly about: "all" | "people" | "authorities";
  /** Where it is the list of; everywhere where it is absent. */
  readonly places?: readonly string[];
}

const oids = {
  issuingDistributionPoint: "2.5.29.28",
  crlNumber: "2.5.29.20",
  authorityKeyIdentifier: extensionOids.authorityKeyIdentifier,
} as const;

/** Entries between two turns of the event loop: a long list must not hold up the logins beside it. */
const entriesAtOnce = 2_000;

/** @throws {DerError} for what is no list, or none that can be used. */
export async function decodeRevocationList(bytes: Buffer): Promise<RevocationList> {
  const outer = readSequence(derOf(bytes));
  const tbs = outer.read(derTags.sequence);
  const algorithm = outer.read(derTags.sequence);
  const signature = decodeOctets(outer.read(derTags.bitString));
  outer.end();

  const reader = new DerReader(tbs.content);
  reader.optional(derTags.integer);
  if (!reader.read(derTags.sequence).whole.equals(algorithm.whole))
    throw new DerError("two signature algorithms");
  const issuer = reader.read(derTags.sequence).whole;
  const thisUpdateMs = decodeTime(reader.read());
  // RFC 5280 §5.1.2.5: it has to be there. Without it nobody could tell that a newer one exists.
  const nextUpdateMs = decodeTime(reader.read());
  const serials = await decodeEntries(reader.optional(derTags.sequence));
  const extensions = decodeExtensions(reader.optional(constructedTag(0)));
  reader.end();
  const signed = { algorithm, bytes: tbs.whole, signature };
  return { issuer, thisUpdateMs, nextUpdateMs, serials, scope: scopeOf(extensions), signed };
}

/** Whether the list is the authority's own. */
export async function isListOf(list: RevocationList, authority: Certificate): Promise<boolean> {
  return (
    list.issuer.equals(authority.subject) &&
    mayUseKey(authority, "crlSign") &&
    isSignedBy(authority.x509.publicKey, list.signed)
  );
}

/** Whether it would hold the certificate if that were revoked. */
export function isListFor(list: RevocationList, certificate: Certificate): boolean {
  const { about, places } = list.scope;
  const isAuthority = authorityOf(certificate) !== undefined;
  if (about !== "all" && isAuthority !== (about === "authorities")) return false;
  return places === undefined || listPlaces(certificate).some((place) => places.includes(place));
}

/** URLs at which the certificate says that lists are. */
export function listPlaces({ extensions }: Certificate): readonly string[] {
  const extension = extensions.get(extensionOids.crlDistributionPoints);
  if (extension === undefined) return [];
  return readSequence(extension.value)
    .rest(derTags.sequence)
    .flatMap(({ content }) => {
      const reader = new DerReader(content);
      const point = reader.optional(constructedTag(0));
      // Some reasons only, or another authority's list.
      return point === undefined || !reader.isAtEnd ? [] : urlsOf(point);
    });
}

async function decodeEntries(entries: DerValue | undefined): Promise<ReadonlySet<string>> {
  const serials = new Set<string>();
  if (entries === undefined) return serials;
  const reader = new DerReader(entries.content);
  while (!reader.isAtEnd) {
    const entry = new DerReader(reader.read(derTags.sequence).content);
    serials.add(decodeInteger(entry.read(derTags.integer)).toString("hex"));
    decodeTime(entry.read());
    const own = entry.optional(derTags.sequence);
    entry.end();
    if (own !== undefined) refuseCritical(decodeExtensions({ ...own, content: own.whole }), new Set());
    if (serials.size % entriesAtOnce === 0) await setImmediate();
  }
  return serials;
}

function scopeOf(extensions: Extensions): ListScope {
  refuseCritical(extensions, new Set(Object.values(oids)));
  const extension = extensions.get(oids.issuingDistributionPoint);
  if (extension === undefined) return { about: "all" };
  const reader = readSequence(extension.value);
  const point = reader.optional(constructedTag(0));
  const [people, authorities] = [1, 2].map((number) => isTrue(reader.optional(contextTag(number))));
  // Some reasons only, other authorities' certificates, or attribute certificates.
  if (!reader.isAtEnd) throw new DerError("a list of a kind that cannot be used");
  const about = people === true ? "people" : authorities === true ? "authorities" : "all";
  return { about, ...(point === undefined ? {} : { places: urlsOf(point) }) };
}

/** @param point  A distribution point's name: of full names, those that are URLs. */
function urlsOf({ content }: DerValue): readonly string[] {
  const full = new DerReader(content).optional(constructedTag(0));
  if (full === undefined) return [];
  return decodeGeneralNames(full.content).flatMap((name) => (name.kind === "uri" ? [name.text] : []));
}

function isTrue(value: DerValue | undefined): boolean {
  return value !== undefined && decodeBoolean(value);
}

function refuseCritical(extensions: Extensions, known: ReadonlySet<string>): void {
  for (const [oid, { isCritical }] of extensions) {
    if (isCritical && !known.has(oid)) throw new DerError("a critical extension that is not understood");
  }
}

function derOf(bytes: Buffer): Buffer {
  const [, base64] =
    /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----/.exec(bytes.toString("latin1")) ?? [];
  return base64 === undefined ? bytes : Buffer.from(base64, "base64");
}
