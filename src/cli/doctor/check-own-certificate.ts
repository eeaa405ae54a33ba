/**
 * The certificates that a gateway shows to those who log in.
 *
 * @module
 */

import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { TlsFiles } from "../../config/secrets.ts";
import { found } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { judgeOwnCertificate } from "./judge-certificates.ts";

/** @param setting  Where it stands in the configuration. */
export function checkOwnCertificate(setting: string, tls: TlsFiles, nowMs: number): readonly Finding[] {
  // A file that cannot be read has been told of already.
  if (tls.cert === "" || tls.key.reveal() === "") return [];
  const chain = tls.cert.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const key = keyOf(tls.key.reveal());
  try {
    const certificates = chain.map((one) => new X509Certificate(one));
    const [own] = certificates;
    if (own !== undefined && key !== undefined && own.checkPrivateKey(key))
      return judgeOwnCertificate(setting, certificates, nowMs);
  } catch {
    // What cannot be read is what is said below.
  }
  const says = "the certificate and its key are not PEM, or do not belong together";
  return [found("configuration_invalid", "certificate", setting, says)];
}

function keyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
