/**
 * The certificate that a gateway shows to those who log in.
 *
 * @module
 */

import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { GatewaySecrets } from "../../config/secrets.ts";
import { found } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { judgeOwnCertificate } from "./judge-certificates.ts";

const subject = "the gateway's own";

/** Nothing where the gateway leaves TLS to what stands in front of it. */
export function checkOwnCertificate(
  tls: NonNullable<GatewaySecrets["tls"]>,
  nowMs: number,
): readonly Finding[] {
  const chain = tls.cert.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const key = keyOf(tls.key.reveal());
  try {
    const certificates = chain.map((one) => new X509Certificate(one));
    const [own] = certificates;
    if (own !== undefined && key !== undefined && own.checkPrivateKey(key))
      return judgeOwnCertificate(subject, certificates, nowMs);
  } catch {
    // What cannot be read is what is said below.
  }
  const says = "gateway.http.tls: the certificate and its key are not PEM, or do not belong together";
  return [found("configuration_invalid", "certificate", subject, says)];
}

function keyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
