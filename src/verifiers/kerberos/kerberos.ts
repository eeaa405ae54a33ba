/**
 * Checks one Kerberos ticket, top to bottom.
 *
 * is it a ticket → does a key of ours open it → was it used before → whose is it → may that account be used → who it is.
 *
 * Nothing here counts against anybody, so whatever could not be done is handed back, and another replica tries.
 *
 * @see RFC 4559 — SPNEGO in HTTP; RFC 4120 §3.2.3 — how a service checks a ticket
 * @module
 */

import { createHash } from "node:crypto";
import type { KerberosAttempt } from "../../login/attempt.ts";
import { parseNegotiateToken } from "../../login/negotiate-token.ts";
import type { TicketShown } from "../../login/negotiate-token.ts";
import type { Directory, TicketMemory, Verifier, VerifierContext, VerifierEnd } from "../../login/ports.ts";
import { denied, unavailable } from "../../login/verdict.ts";
import type { DenialReason } from "../../login/verdict.ts";
import { admit } from "../admit.ts";
import type { Acceptors } from "./acceptors.ts";
import { accountOfPrincipal } from "./principal.ts";
import type { Realms } from "./principal.ts";
import { explainRefusal } from "./refusal.ts";

export interface KerberosDeps {
  readonly acceptors: Pick<Acceptors, "ready" | "keys" | "accept">;
  readonly clock: { readonly isRight: boolean };
  readonly realms: Realms;
  readonly memory: TicketMemory;
  readonly directory: Pick<Directory, "findAccountBy" | "judge" | "readIdentity">;
}

/** What keeps an account out that presents a ticket. Its password's age and its workstations were the KDC's to look at. */
const barriers: ReadonlySet<DenialReason> = new Set([
  "account_disabled",
  "account_locked",
  "account_expired",
  "logon_hours",
]);

export function createKerberosVerifier(deps: KerberosDeps): Verifier<KerberosAttempt> {
  return {
    get ready() {
      return deps.acceptors.ready && deps.clock.isRight;
    },
    async verify(attempt, context) {
      const token = attempt.token.reveal();
      const shown = parseNegotiateToken(token);
      switch (shown.kind) {
        case "malformed":
          return denied("ticket_malformed");
        case "ntlm":
          return denied("ticket_ntlm");
        case "ticket":
          return verify(deps, attempt, token, shown, context);
      }
    },
  };
}

async function verify(
  { acceptors, realms, memory, directory }: KerberosDeps,
  { id }: KerberosAttempt,
  token: string,
  ticket: TicketShown,
  context: VerifierContext,
): Promise<VerifierEnd> {
  const { deadline } = context;
  context.report("searching");
  const accepted = await acceptors.accept(token, deadline);
  if (accepted.kind === "unavailable") return { outcome: "returned", why: "ticket_check_down" };
  if (accepted.kind === "refused") return explainRefusal(ticket, acceptors.keys, accepted.problem);
  const key = accountOfPrincipal(accepted.principal, realms);

  const [memorized, found] = await Promise.all([
    context.aside(memory.remember(digestOf(ticket), id, deadline)),
    key === undefined ? undefined : directory.findAccountBy(key, deadline),
  ]);
  if (memorized === "known") return denied("ticket_replayed");
  if (memorized === "unavailable") return unavailable("replays_unknown");
  if (found === undefined) return denied("ticket_foreign_realm");
  const admitted = await admit(directory, found, (problem) => barriers.has(problem), context);
  if (admitted.kind === "ended") return admitted.end;
  if (admitted.kind === "unread") return unavailable(admitted.fault);
  const { answer } = accepted;
  return {
    outcome: "accepted",
    identity: admitted.identity,
    ...(answer === undefined ? {} : { answerToken: answer }),
  };
}

/** Of the authenticator, which is encrypted with its own checksum; all around it can be written in more than one way. */
function digestOf({ authenticator }: TicketShown): string {
  return createHash("sha256").update(authenticator).digest("base64url");
}
