/**
 * Under which policies a path of certificates stands.
 *
 * Mapping of one authority's policies to another's is not done: below a certificate that maps, no policy holds any more. So a path may
 * be refused here that the standard would let pass, and never the reverse.
 *
 * @see RFC 5280 §6.1.2 (d)–(f), §6.1.3 (d)–(f), §6.1.4 (h)–(j), §6.1.5 (a), (b), (g)
 * @module
 */

import { extensionOids, isSelfIssued } from "./certificate.ts";
import type { Certificate } from "./certificate.ts";
import { contextTag, decodeCount, decodeOid, DerReader, derTags, readDer, readSequence } from "./der.ts";
import type { DerValue } from "./der.ts";

const anyPolicy = "2.5.29.32.0";

/** `any`: every policy there is. */
type PolicySet = "any" | ReadonlySet<string>;

/** How many more certificates may follow before something is demanded or forbidden. */
interface Counters {
  readonly explicitPolicy: number;
  readonly inhibitAny: number;
}

/**
 * @param fromAnchor  The path without its anchor, the certificate that the anchor issued first.
 * @param demanded  One of them has to hold; none is demanded where it is empty.
 */
export function policiesHold(fromAnchor: readonly Certificate[], demanded: ReadonlySet<string>): boolean {
  let valid: PolicySet = "any";
  let counters: Counters = {
    explicitPolicy: demanded.size > 0 ? 0 : fromAnchor.length + 1,
    inhibitAny: fromAnchor.length + 1,
  };
  for (const [index, certificate] of fromAnchor.entries()) {
    const isLast = index === fromAnchor.length - 1;
    const mayBeAny = counters.inhibitAny > 0 || (!isLast && isSelfIssued(certificate));
    valid = narrowed(valid, assertedBy(certificate), mayBeAny);
    if (counters.explicitPolicy === 0 && isEmpty(valid)) return false;
    if (certificate.extensions.has(extensionOids.policyMappings)) valid = new Set();
    counters = countedDown(counters, certificate, isLast);
  }
  if (demanded.size > 0) return isOneOf(valid, demanded);
  return counters.explicitPolicy > 0 || !isEmpty(valid);
}

function narrowed(valid: PolicySet, asserted: ReadonlySet<string>, mayBeAny: boolean): PolicySet {
  if (mayBeAny && asserted.has(anyPolicy)) return valid;
  const named = new Set([...asserted].filter((policy) => policy !== anyPolicy));
  return valid === "any" ? named : named.intersection(valid);
}

function assertedBy({ extensions }: Certificate): ReadonlySet<string> {
  const extension = extensions.get(extensionOids.certificatePolicies);
  if (extension === undefined) return new Set();
  const all = readSequence(extension.value).rest(derTags.sequence);
  return new Set(all.map(({ content }) => decodeOid(new DerReader(content).read(derTags.oid))));
}

function countedDown(before: Counters, certificate: Certificate, isLast: boolean): Counters {
  const step = !isLast && isSelfIssued(certificate) ? 0 : 1;
  const constraints = constraintsOf(certificate);
  const explicitPolicy = Math.max(0, before.explicitPolicy - step);
  const inhibitAny = Math.max(0, before.inhibitAny - step);
  if (isLast) return { explicitPolicy: constraints.explicitPolicy === 0 ? 0 : explicitPolicy, inhibitAny };
  return {
    explicitPolicy: Math.min(explicitPolicy, constraints.explicitPolicy ?? explicitPolicy),
    inhibitAny: Math.min(inhibitAny, constraints.inhibitAny ?? inhibitAny),
  };
}

function constraintsOf({ extensions }: Certificate): Partial<Counters> {
  const policy = extensions.get(extensionOids.policyConstraints);
  const inhibit = extensions.get(extensionOids.inhibitAnyPolicy);
  const explicit = policy === undefined ? undefined : readSequence(policy.value).optional(contextTag(0));
  return {
    ...(explicit === undefined ? {} : { explicitPolicy: decodeCount(asInteger(explicit)) }),
    ...(inhibit === undefined ? {} : { inhibitAny: decodeCount(readDer(inhibit.value, derTags.integer)) }),
  };
}

function asInteger(value: DerValue): DerValue {
  return { ...value, tag: derTags.integer };
}

function isEmpty(policies: PolicySet): boolean {
  return policies !== "any" && policies.size === 0;
}

function isOneOf(policies: PolicySet, demanded: ReadonlySet<string>): boolean {
  return policies === "any" || !policies.isDisjointFrom(demanded);
}
