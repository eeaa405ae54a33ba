/**
 * What happens around client certificates.
 *
 * @module
 */

import type { ConnectionName } from "../login/attempt.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export interface CertificateEvents {
  certificatePresented(e: { connection: ConnectionName; proof: "gateway" | "proxy" }): void;
  /** Somebody who is no trusted proxy said that a proxy saw a certificate. */
  certificateHeaderIgnored(): void;
  /** A place was asked who is revoked, or a file of it has changed. */
  revocationAsked(e: {
    connection: ConnectionName;
    source: "file" | "list" | "responder";
    place: string;
    result: string;
  }): void;
}

export function certificateEvents(log: Log, metrics: Metrics): CertificateEvents {
  return {
    certificatePresented: (e) => metrics.count("drawbridge_certificates_presented_total", e),
    certificateHeaderIgnored() {
      metrics.count("drawbridge_certificate_headers_ignored_total", {});
      log.warn("certificate_header_ignored", {});
    },
    revocationAsked({ connection, source, place, result }) {
      metrics.count("drawbridge_revocation_asked_total", { connection, source, result });
      log[result === "ok" ? "debug" : "warn"]("revocation_asked", { connection, source, place, result });
    },
  };
}
