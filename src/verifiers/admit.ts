/**
 * What follows for a login that brings no password, once its credential holds: which account is meant, whether it may be used, who it is.
 *
 * No controller judges such an account, so its attributes do. Nothing here counts against anybody.
 *
 * @module
 */

import type { Identity } from "../login/identity.ts";
import type { Directory, FindOutcome, VerifierContext, VerifierEnd } from "../login/ports.ts";
import { denied, unavailable } from "../login/verdict.ts";
import type { DenialReason, Fault } from "../login/verdict.ts";

export type Admission =
  | { readonly kind: "admitted"; readonly identity: Identity }
  | { readonly kind: "ended"; readonly end: VerifierEnd }
  /** The account may be used, and who it is could not be read. */
  | { readonly kind: "unread"; readonly fault: Fault };

/** @param matters  Which of an account's problems keep somebody out who has this kind of credential. */
export async function admit(
  directory: Pick<Directory, "judge" | "readIdentity">,
  found: FindOutcome,
  matters: (problem: DenialReason) => boolean,
  context: VerifierContext,
): Promise<Admission> {
  switch (found.kind) {
    case "none":
      return ended(denied("unknown_account"));
    case "several":
      return ended(denied("ambiguous_account"));
    case "unavailable":
      return ended({ outcome: "returned", why: found.fault });
    case "found":
      break;
  }
  const judged = directory.judge(found.account);
  if (judged.kind === "unavailable") return ended(unavailable(judged.fault));
  const problem = judged.problems.find(matters);
  if (problem !== undefined) return ended(denied(problem));

  context.report("enriching");
  const read = await directory.readIdentity(found.account, context.deadline);
  return read.kind === "unavailable"
    ? { kind: "unread", fault: read.fault }
    : { kind: "admitted", identity: read.identity };
}

function ended(end: VerifierEnd): Admission {
  return { kind: "ended", end };
}
