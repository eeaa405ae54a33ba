/**
 * What logins with client certificates need beside the directory: authorities that are still good, and somebody who can say which
 * certificates have been revoked.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import type { CertificatesConfig } from "../../config/certificate-schema.ts";
import type { ConnectorSecrets } from "../../config/secrets.ts";
import { Deadline } from "../../login/deadline.ts";
import { withinDeadline } from "../../login/within-deadline.ts";
import { decodeRevocationList } from "../../verifiers/certificate/revocation/revocation-list.ts";
import { fine, found, skipped } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { judgeAuthorities } from "./judge-certificates.ts";

type Revocation = CertificatesConfig["revocation"];

const httpPort = 80;

export async function checkCertificateLogins(
  connection: string,
  { revocation }: CertificatesConfig,
  { ca, intermediates = "" }: NonNullable<ConnectorSecrets["certificates"]>,
): Promise<readonly Finding[]> {
  const subject = `${connection}, client certificates`;
  const authorities = judgeAuthorities(subject, `${ca}\n${intermediates}`, Date.now());
  return [...authorities, ...(await checkRevocation(subject, revocation))];
}

async function checkRevocation(subject: string, revocation: Revocation): Promise<readonly Finding[]> {
  const { check, crlFiles, hosts, whenUnknown, timeout } = revocation;
  if (!check) {
    const says = "nobody asks whether a certificate has been revoked";
    return [found("revocation_not_checked", "revocation", subject, says)];
  }
  if (crlFiles.length === 0 && hosts.length === 0 && whenUnknown === "unavailable") {
    const says = "there are neither lists nor hosts that may be asked";
    return [found("revocation_unanswerable", "revocation", subject, says)];
  }
  const findings = await Promise.all([
    ...crlFiles.map((file, index) => checkList(subject, file, `list ${index + 1}`)),
    ...hosts.filter((host) => host !== "*").map((host) => checkHost(host, timeout)),
  ]);
  return findings;
}

async function checkList(subject: string, file: string, name: string): Promise<Finding> {
  const details = { confidential: [file] };
  try {
    const list = await decodeRevocationList(await readFile(file));
    const [from, to] = [list.thisUpdateMs, list.nextUpdateMs].map(dateOf);
    if (list.nextUpdateMs < Date.now()) {
      return found(
        "revocation_list_outdated",
        "revocation",
        subject,
        `${name} was good until ${to}`,
        details,
      );
    }
    const says = `${name}: ${list.serials.size} revoked, from ${from}, good until ${to}`;
    return fine("revocation", subject, says, details);
  } catch {
    return skipped("revocation", subject, `${name} cannot be read`);
  }
}

/** Whether it can be connected to at all: what it says, it says of certificates. */
async function checkHost(host: string, timeoutMs: number): Promise<Finding> {
  const { hostname, port } = new URL(`http://${host}`);
  const socket = connect({
    host: hostname.replaceAll(/[[\]]/g, ""),
    port: port === "" ? httpPort : Number(port),
  });
  const connected = new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  const outcome = await withinDeadline(Deadline.after(timeoutMs), connected);
  socket.destroy();
  return outcome === true
    ? fine("revocation", host, "reached")
    : found("revocation_host_unreachable", "revocation", host, "no connection");
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}
