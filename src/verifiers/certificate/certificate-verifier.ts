/**
 * Checks one client certificate, top to bottom.
 *
 * a path to an authority of ours → not revoked, and one account that it names → may that account be used? → who it is → verdict.
 *
 * That the person has the certificate's key was proved in a TLS handshake, before the attempt was made of it. Nothing is sent to the
 * directory that it would count, so any replica may begin again where another one died.
 *
 * @module
 */

import type { CertificateAttempt } from "../../login/attempt.ts";
import type { AccountKey } from "../../login/account-key.ts";
import type { Deadline } from "../../login/deadline.ts";
import type { Directory, FindOutcome, Verifier, VerifierContext, VerifierEnd } from "../../login/ports.ts";
import { denied } from "../../login/verdict.ts";
import type { DenialReason } from "../../login/verdict.ts";
import { admit } from "../admit.ts";
import { decodeCertificate } from "./certificate.ts";
import type { Certificate } from "./certificate.ts";
import { DerError } from "./der.ts";
import { accountKeys, sidOf } from "./mapping.ts";
import type { MappingOptions } from "./mapping.ts";
import { validatePath } from "./path.ts";
import type { PathOptions } from "./path.ts";
import type { CheckRevocation } from "./revocation/revocation.ts";

export interface CertificateVerifierDeps {
  readonly directory: Pick<Directory, "findAccountBy" | "judge" | "readIdentity">;
  readonly checkRevocation: CheckRevocation;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

export interface CertificateVerifierOptions extends PathOptions {
  readonly mapping: MappingOptions;
  /** What becomes of a certificate of which nobody can say whether it is revoked. */
  readonly whenUnknown: "unavailable" | "accept";
}

/** Of passwords, of which none is used. */
const irrelevant: ReadonlySet<DenialReason> = new Set(["password_expired", "password_must_change"]);

export function createCertificateVerifier(
  deps: CertificateVerifierDeps,
  options: CertificateVerifierOptions,
): Verifier<CertificateAttempt> {
  return {
    async verify(attempt, context) {
      try {
        return await verify(deps, options, attempt, context);
      } catch (error) {
        if (error instanceof DerError) return denied("certificate_malformed");
        throw error;
      }
    },
  };
}

async function verify(
  { directory, checkRevocation, wallClock }: CertificateVerifierDeps,
  options: CertificateVerifierOptions,
  attempt: CertificateAttempt,
  context: VerifierContext,
): Promise<VerifierEnd> {
  const { deadline } = context;
  context.report("searching");
  const certificate = decodeCertificate(attempt.certificate);
  const valid = validatePath(certificate, attempt.chain.flatMap(readable), options, wallClock());
  if (valid.kind === "invalid") return denied(valid.reason);

  const keys = accountKeys(certificate, options.mapping);
  const [revocation, found] = await Promise.all([
    checkRevocation(valid.path, deadline),
    findFirst(directory, keys, deadline),
  ]);
  if (revocation === "revoked") return denied("certificate_revoked");
  if (revocation === "unknown" && options.whenUnknown === "unavailable") {
    return { outcome: "returned", why: "revocation_unknown" };
  }
  const admitted = await admit(directory, found, (problem) => !irrelevant.has(problem), context);
  if (admitted.kind === "ended") return admitted.end;
  if (admitted.kind === "unread") return { outcome: "returned", why: admitted.fault };
  const { identity } = admitted;
  const sid = sidOf(certificate);
  // However it was found: an authority says here whom it made the certificate for.
  if (sid !== undefined && identity.sid !== undefined && sid !== identity.sid) {
    return denied("certificate_sid_mismatch");
  }
  return { outcome: "accepted", identity };
}

/** Stops with the first key that anybody has, and with one of which it is not known. */
async function findFirst(
  directory: Pick<Directory, "findAccountBy">,
  keys: readonly AccountKey[],
  deadline: Deadline,
): Promise<FindOutcome> {
  for (const key of keys) {
    const found = await directory.findAccountBy(key, deadline);
    if (found.kind !== "none") return found;
  }
  return { kind: "none" };
}

/** What came with the certificate may be anything; what is no certificate leads nowhere. */
function readable(der: Buffer): readonly Certificate[] {
  try {
    return [decodeCertificate(der)];
  } catch (error) {
    if (error instanceof DerError) return [];
    throw error;
  }
}
