/**
 * Whether a server is reached, and what certificates it shows: the same for controllers and NATS servers.
 *
 * @module
 */

import { fine, found, skipped } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { judgeCertificates } from "./judge-certificates.ts";
import { probeTls } from "./probe-tls.ts";
import type { TlsProbe } from "./probe-tls.ts";

export interface CheckedNetwork {
  readonly findings: readonly Finding[];
  readonly isTrusted: boolean;
}

export async function checkNetwork(subject: string, probe: TlsProbe): Promise<CheckedNetwork> {
  const probed = await probeTls(probe);
  if (probed.kind === "no_connection") {
    return {
      isTrusted: false,
      findings: [
        found(probed.why, "network", subject, sentences[probed.why]),
        skipped("certificate", subject, "no connection"),
      ],
    };
  }
  const reached = fine("network", subject, "reached");
  if (probed.kind === "no_tls") {
    const isSilent = probed.code === "timeout";
    const says = isSilent ? "nothing came back when TLS began" : `no TLS could be begun: ${probed.code}`;
    const problem = isSilent ? "tls_silent" : "not_tls";
    return { isTrusted: false, findings: [reached, found(problem, "certificate", subject, says)] };
  }
  const judged = judgeCertificates(subject, probe, probed, Date.now());
  return {
    findings: [reached, ...judged],
    isTrusted: !judged.some(({ status }) => status === "wrong"),
  };
}

const sentences = {
  host_unknown: "the host name has no address",
  port_refused: "the connection was refused",
  port_silent: "no answer within the time for connecting",
} as const;
