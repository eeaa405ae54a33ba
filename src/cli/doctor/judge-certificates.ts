/**
 * What is wrong with the certificates that a server showed, each thing by itself.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import { fine, found } from "./finding.ts";
import type { Finding } from "./finding.ts";
import type { ProbedTls, TlsProbe } from "./probe-tls.ts";

const soonMs = 14 * 24 * 3_600_000;
/** OpenSSL's codes for a chain that ends in nobody known. */
const unknownIssuer: ReadonlySet<string> = new Set([
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "CERT_SIGNATURE_FAILURE",
]);

export function judgeCertificates(
  subject: string,
  probe: TlsProbe,
  shown: Extract<ProbedTls, { readonly kind: "shown" }>,
  nowMs: number,
): readonly Finding[] {
  const facts = shown.chain.map(describeCertificate);
  const believed = certificatesIn(probe.ca);
  const wrong = [
    ...shown.chain.flatMap((one, index) => judgeDates(subject, one, index > 0, nowMs)),
    ...believed
      .filter((one) => !shown.chain.some(({ fingerprint256 }) => fingerprint256 === one.fingerprint256))
      .flatMap((one) => judgeDates(subject, one, true, nowMs))
      // Another authority's in the same file does no harm to this server.
      .filter(() => shown.refusal !== undefined),
    ...judgeIssuer(subject, shown, believed),
    ...(shown.isNameRight ? [] : [wrongName(subject, probe.tlsName, shown.chain[0])]),
  ].map((finding) => ({ ...finding, facts }));
  if (shown.refusal !== undefined && !wrong.some(({ status }) => status === "wrong")) {
    const says = `its certificate is not believed: ${shown.refusal}`;
    wrong.push({ ...found("certificate_refused", "certificate", subject, says), facts });
  }
  if (wrong.length > 0) return wrong;
  return [fine("certificate", subject, `believed, ${shown.protocol}`, { facts })];
}

/** A certificate of ours, with those between it and its authority. */
export function judgeOwnCertificate(
  subject: string,
  chain: readonly X509Certificate[],
  nowMs: number,
): readonly Finding[] {
  const facts = chain.map(describeCertificate);
  const wrong = chain.flatMap((one, index) => judgeDates(subject, one, index > 0, nowMs));
  if (wrong.length > 0) return wrong.map((finding) => ({ ...finding, facts }));
  return [fine("certificate", subject, "in its time, and belongs to its key", { facts })];
}

/** Authorities whose certificates log in. @param pem  What is no certificate in it is passed over: the configuration's check says so. */
export function judgeAuthorities(subject: string, pem: string, nowMs: number): readonly Finding[] {
  const authorities = readableIn(pem);
  const facts = authorities.map(describeCertificate);
  const wrong = authorities.flatMap((one) => judgeDates(subject, one, true, nowMs));
  if (wrong.length > 0) return wrong.map((finding) => ({ ...finding, facts }));
  return [fine("certificate", subject, `${authorities.length} authorities, all in their time`, { facts })];
}

function readableIn(pem: string): readonly X509Certificate[] {
  try {
    return certificatesIn(pem);
  } catch {
    return [];
  }
}

function judgeDates(
  subject: string,
  certificate: X509Certificate,
  isAuthority: boolean,
  nowMs: number,
): readonly Finding[] {
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const whose = isAuthority
    ? `the certificate of the authority ${nameOf(certificate.subject)}`
    : "its certificate";
  if (nowMs > to) {
    const problem = isAuthority ? "ca_expired" : "certificate_expired";
    return [found(problem, "certificate", subject, `${whose} expired at ${dateOf(to)}`)];
  }
  if (nowMs < from) {
    const says = `${whose} is not valid before ${dateOf(from)}; this machine's clock says ${dateOf(nowMs)}`;
    return [found("certificate_not_yet_valid", "certificate", subject, says)];
  }
  if (to - nowMs >= soonMs || to - from < 2 * soonMs) return [];
  return [found("certificate_expires_soon", "certificate", subject, `${whose} expires at ${dateOf(to)}`)];
}

function judgeIssuer(
  subject: string,
  { refusal, chain }: Extract<ProbedTls, { readonly kind: "shown" }>,
  believed: readonly X509Certificate[],
): readonly Finding[] {
  if (refusal === undefined || !unknownIssuer.has(refusal)) return [];
  const issuer = nameOf(chain.at(-1)?.issuer ?? "nobody");
  const names = believed.map((one) => nameOf(one.subject)).join("; ");
  const says = `it was signed by ${issuer}, which is not believed (the CA file has ${names || "no certificate; the system's are used"})`;
  return [found("unknown_ca", "certificate", subject, says)];
}

function wrongName(subject: string, wanted: string, own: X509Certificate | undefined): Finding {
  const says = `its certificate is not for ${wanted}, but for ${own?.subjectAltName ?? "no name at all"}`;
  return found("host_name_not_in_certificate", "certificate", subject, says);
}

function describeCertificate(certificate: X509Certificate): string {
  const { subject, issuer, validFrom, validTo, subjectAltName } = certificate;
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)].map(dateOf);
  const names = subjectAltName === undefined ? "" : `, for ${subjectAltName}`;
  return `${nameOf(subject)}, signed by ${nameOf(issuer)}, ${from} to ${to}${names}`;
}

/** OpenSSL writes one part a line. */
function nameOf(subject: string): string {
  return subject.split("\n").join(", ") || "a certificate without a name";
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}

function certificatesIn(pem: string | undefined): readonly X509Certificate[] {
  const all = pem?.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return all.map((one) => new X509Certificate(one));
}
