/**
 * From a person's certificate to an authority that the settings name, and whether everything on the way is in order.
 *
 * OpenSSL says who issued whom and whether a signature is right; what a certificate must say to be believed is checked here, step by step
 * as the standard has it. The authority at the end is held to its own constraints and dates as well.
 *
 * @see RFC 5280 §6.1; RFC 5937 §3 — constraints of the trust anchor
 * @module
 */

import type { DenialReason } from "../../login/verdict.ts";
import { extensionOids, isSelfIssued } from "./certificate.ts";
import type { Certificate } from "./certificate.ts";
import { DerError } from "./der.ts";
import { nameConstraintsOf, namesPermitted } from "./name-constraints.ts";
import type { NameConstraints } from "./name-constraints.ts";
import { policiesHold } from "./policies.ts";
import { authorityOf, isForLogins, mayIssueForLogins, mayUseKey } from "./purpose.ts";
import type { Purpose } from "./purpose.ts";
import { isStrongKey, isStrongSignature } from "./signature.ts";

export interface PathOptions {
  /** What is believed without a signature. */
  readonly anchors: readonly Certificate[];
  /** Authorities that people's certificates may come without. */
  readonly intermediates: readonly Certificate[];
  readonly purposes: ReadonlySet<Purpose>;
  /** One of them has to hold; none is demanded where it is empty. */
  readonly policies: ReadonlySet<string>;
}

export type PathOutcome =
  /** The person's own first, the anchor last. */
  | { readonly kind: "valid"; readonly path: readonly Certificate[] }
  | { readonly kind: "invalid"; readonly reason: DenialReason };

/** Certificates between the person's and the anchor. */
const intermediatesMax = 6;
/** Of one login: certificates that all fit each other would make more paths than anybody can look at. */
const signaturesMax = 40;

/** Their meaning is looked at here, or does not matter to a login. */
const knownExtensions: ReadonlySet<string> = new Set(Object.values(extensionOids));

/** @param presented  What came with it, in any order. */
export function validatePath(
  leaf: Certificate,
  presented: readonly Certificate[],
  options: PathOptions,
  nowMs: number,
): PathOutcome {
  let reason: DenialReason = "certificate_untrusted";
  for (const path of pathsFrom(leaf, [...options.intermediates, ...presented], options.anchors)) {
    const problem = problemOf(path, options, nowMs);
    if (problem === undefined) return { kind: "valid", path };
    // The first path is as good as any to say why not; what is said of one that nobody signed is said first of all.
    if (reason === "certificate_untrusted") reason = problem;
  }
  return { kind: "invalid", reason };
}

/** Every way to an anchor on which each signature is right. */
function* pathsFrom(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  anchors: readonly Certificate[],
): Generator<readonly Certificate[]> {
  let signatures = 0;
  yield* extended([leaf]);

  function* extended(path: readonly Certificate[]): Generator<readonly Certificate[]> {
    const [last] = path.slice(-1);
    if (last === undefined || path.length > intermediatesMax + 1) return;
    for (const anchor of anchors) if (isIssuedBy(last, anchor)) yield [...path, anchor];
    for (const next of intermediates) {
      const isNew = path.every(({ raw }) => !raw.equals(next.raw));
      if (isNew && isIssuedBy(last, next)) yield* extended([...path, next]);
    }
  }

  function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
    if (certificate.raw.equals(issuer.raw) || !certificate.x509.checkIssued(issuer.x509)) return false;
    signatures += 1;
    return signatures <= signaturesMax && certificate.x509.verify(issuer.x509.publicKey);
  }
}

/** @returns undefined where all is in order. */
function problemOf(
  path: readonly Certificate[],
  options: PathOptions,
  nowMs: number,
): DenialReason | undefined {
  const [leaf] = path;
  const fromAnchor = path.toReversed();
  const [anchor, ...signed] = fromAnchor;
  if (leaf === undefined || anchor === undefined) return "certificate_untrusted";
  try {
    return (
      timeProblem(path, nowMs) ??
      (path.every(isStrong) && signed.every((one) => isStrongSignature(one.signatureAlgorithm))
        ? undefined
        : "certificate_weak") ??
      (path.every(isUnderstood) ? undefined : "certificate_critical_extension") ??
      (isConstrained(fromAnchor) ? "certificate_constrained" : undefined) ??
      (isForLogins(leaf, options.purposes) &&
      signed.slice(0, -1).every((authority) => mayIssueForLogins(authority, options.purposes))
        ? undefined
        : "certificate_wrong_purpose") ??
      (policiesHold(signed, options.policies) ? undefined : "certificate_wrong_policy")
    );
  } catch (error) {
    if (error instanceof DerError) return "certificate_malformed";
    throw error;
  }
}

function timeProblem(path: readonly Certificate[], nowMs: number): DenialReason | undefined {
  if (path.some(({ notBeforeMs }) => nowMs < notBeforeMs)) return "certificate_not_yet_valid";
  return path.some(({ notAfterMs }) => nowMs > notAfterMs) ? "certificate_expired" : undefined;
}

function isStrong({ x509 }: Certificate): boolean {
  return isStrongKey(x509.publicKey);
}

/** @see RFC 5280 §4.2 — what is critical and not understood makes a certificate unusable */
function isUnderstood({ extensions }: Certificate): boolean {
  return [...extensions].every(([oid, { isCritical }]) => !isCritical || knownExtensions.has(oid));
}

/** Not an authority, not one that may sign, one too many of them, or names that it may not give. @see RFC 5280 §6.1.4 (g)–(n) */
function isConstrained(fromAnchor: readonly Certificate[]): boolean {
  let authoritiesLeft = Number.POSITIVE_INFINITY;
  const constraints: NameConstraints[] = [];
  for (const [index, certificate] of fromAnchor.entries()) {
    const isLeaf = index === fromAnchor.length - 1;
    // Self-issued ones carry a new key of the same authority: they are no step, and no name that was given.
    const isRenewal = !isLeaf && isSelfIssued(certificate);
    if (!isRenewal && constraints.some((one) => !namesPermitted(certificate, one))) return true;
    if (isLeaf) return false;

    const authority = authorityOf(certificate);
    if (authority === undefined || !mayUseKey(certificate, "keyCertSign")) return true;
    if (!isRenewal && index > 0) {
      if (authoritiesLeft === 0) return true;
      authoritiesLeft -= 1;
    }
    authoritiesLeft = Math.min(authoritiesLeft, authority.pathLengthMax);
    const own = nameConstraintsOf(certificate);
    if (own !== undefined) constraints.push(own);
  }
  return false;
}
