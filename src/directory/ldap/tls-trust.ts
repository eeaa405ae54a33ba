/**
 * Whom we believe, and who we are, when a controller is connected to over TLS. It can be renewed while connections stand.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { SecureContext } from "node:tls";
import type { Secret } from "../../login/secret.ts";

export interface TrustOptions {
  /** PEM; the system's certification authorities where it is absent. */
  readonly ca?: string;
  /** PEM; shown to controllers that ask for one. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: Secret };
}

export class TlsTrust {
  #secureContext: SecureContext;

  /** @throws {Error} for what is not PEM, and for a certificate with another's key. */
  constructor(options: TrustOptions) {
    this.#secureContext = contextOf(options);
  }

  /** Made once for many connections, because it is costly. */
  get secureContext(): SecureContext {
    return this.#secureContext;
  }

  /** For connections from now on. @throws {Error} as the constructor does; then what was believed before still is. */
  renew(options: TrustOptions): void {
    this.#secureContext = contextOf(options);
  }
}

function contextOf({ ca, clientCertificate }: TrustOptions): SecureContext {
  const believed = ca === undefined ? {} : { ca: certificatesIn(ca) };
  if (clientCertificate === undefined) return createSecureContext(believed);
  const { certificate, key } = clientCertificate;
  try {
    return createSecureContext({ ...believed, cert: certificate, key: key.reveal() });
  } catch {
    // OpenSSL's own words may quote what it could not read.
    throw new Error("the client certificate and its key are not PEM, or do not belong together");
  }
}

/** OpenSSL passes over what it cannot read there, and would then believe nobody without a word. */
function certificatesIn(pem: string): string[] {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw new Error("the CA file holds no PEM certificate");
  return certificates.map((one) => new X509Certificate(one).toString());
}
