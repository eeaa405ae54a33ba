/**
 * Says when the certificates of the settings expire, at the start and whenever a file brought new ones.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import type { ConnectionName } from "../login/attempt.ts";
import type { Events } from "../telemetry/events.ts";
import type { CertificateUse } from "../telemetry/health-events.ts";

/**
 * Of a chain, what expires first counts; of authorities, what expires last: an old one may stay beside the new one.
 *
 * @param pem  Whatever in it is no certificate is passed over; the settings' own check says so.
 */
export function tellCertificate(
  events: Pick<Events, "certificateTaken">,
  certificate: CertificateUse,
  pem: string | undefined,
  connection?: ConnectionName,
): void {
  const expiries = expiriesIn(pem ?? "");
  if (expiries.length === 0) return;
  const expiresAtMs = isAuthority(certificate) ? Math.max(...expiries) : Math.min(...expiries);
  events.certificateTaken({ certificate, expiresAtMs, ...(connection === undefined ? {} : { connection }) });
}

function isAuthority(certificate: CertificateUse): boolean {
  switch (certificate) {
    case "nats_authority":
    case "directory_authority":
    case "client_authorities":
      return true;
    case "https":
    case "client_certificates_listener":
    case "status":
    case "directory_client":
      return false;
  }
}

function expiriesIn(pem: string): readonly number[] {
  const all = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return all.flatMap((one) => {
    try {
      return [Date.parse(new X509Certificate(one).validTo)];
    } catch {
      return [];
    }
  });
}
