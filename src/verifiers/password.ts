/**
 * Checks one password against a directory, top to bottom.
 *
 * find the account → if a bind may have been sent before: did it count? → bind, and read who it is meanwhile → verdict.
 *
 * A wrong password counts once, at most. So a bind is sent again only after the directory itself has said that the one before did
 * not count, and never because it is not known:
 *
 * - The failure time moved: that bind was this wrong password. Denied, nothing is sent. (Somebody else's wrong password for the same
 *   account in the same moment looks the same; then a right one is denied once, which does no harm.)
 * - It did not move, and was looked at twice: the bind never arrived, or it was the right password. Binding again counts nothing
 *   that was counted before.
 * - Nobody can say: the controller is silent, or so slow that it may count the bind later. Asked again until the deadline, then
 *   unavailable.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import type { PasswordAttempt } from "../login/attempt.ts";
import type { Deadline } from "../login/deadline.ts";
import type {
  Account,
  BindOutcome,
  Directory,
  IdentityOutcome,
  Suspicion,
  Verifier,
  VerifierContext,
  VerifierEnd,
} from "../login/ports.ts";
import { joinPasswordStates } from "../login/password-state.ts";
import { denied, unavailable } from "../login/verdict.ts";
import { DenialPace } from "./denial-pace.ts";

/** Sent for one attempt, each after the one before was found not to have counted. */
const bindsMax = 2;
/** Controllers that could not be connected to for the bind, one after the other. */
const failedConnectionsMax = 3;
const askAgainAfterMs = 150;

/** A bind that was, or may have been, sent for this attempt, by another replica or here. */
interface EarlierBind {
  readonly suspicion: Suspicion;
  /** When `suspicion` was true, on this attempt's stopwatch. */
  readonly atMs: number;
  readonly isOurs: boolean;
  /** True if binding again is harmless once the directory has said that this one did not count. */
  readonly isRepeatable: boolean;
}

export function createPasswordVerifier(directory: Directory): Verifier<PasswordAttempt> {
  const pace = new DenialPace(Math.random);
  return {
    async verify(attempt, context) {
      // RFC 4513 §5.1.2: some servers answer success to an empty password without checking anything.
      if (attempt.password.reveal() === "") return denied("bad_credentials");
      return verify(directory, attempt, context, pace);
    },
  };
}

async function verify(
  directory: Directory,
  attempt: PasswordAttempt,
  context: VerifierContext,
  pace: DenialPace,
): Promise<VerifierEnd> {
  const { deadline } = context;
  const elapsedMs = startStopwatch(deadline);
  let earlier = suspectedElsewhere(context);
  let binds = 0;
  let failedConnections = 0;

  for (;;) {
    context.report("searching");
    const found = await directory.findAccount(attempt.accountName, deadline, earlier?.suspicion.controller);
    if (found.kind === "none" || found.kind === "several") {
      await pace.wait(deadline);
      return denied(found.kind === "none" ? "unknown_account" : "ambiguous_account");
    }
    if (found.kind === "unavailable") {
      if (earlier?.isOurs !== true) return { outcome: "returned", why: found.fault };
      if (!(await mayAskAgain(deadline))) return unavailable("bind_unresolved");
      continue;
    }

    const { account } = found;
    if (earlier !== undefined) {
      const didCount = await check(account, earlier);
      if (didCount === "moved") return denied("bad_credentials");
      if (didCount === "unknown" || !earlier.isRepeatable) {
        if (!(await mayAskAgain(deadline))) return unavailable("bind_unresolved");
        continue;
      }
      earlier = undefined;
    }

    // Most passwords are right: who it is, is read while the controller checks.
    const identity = directory.readIdentity(account, deadline);
    // A defect in there comes up where the identity is needed; a denial does not need it.
    identity.catch(() => undefined);
    const atMs = elapsedMs();
    const bind = await directory.bind(account, attempt.password, context);
    switch (bind.kind) {
      case "accepted": {
        context.report("enriching");
        const read = await identity;
        return read.kind === "read" ? accepted(bind, read) : unavailable(read.fault);
      }
      case "denied":
        if (bind.reason === "bad_credentials") pace.took(elapsedMs() - atMs);
        return denied(bind.reason);
      case "refused":
        return unavailable(bind.fault);
      case "not_sent":
        failedConnections += 1;
        if (bind.why !== "directory_unreachable" || failedConnections === failedConnectionsMax) {
          return { outcome: "returned", why: bind.why };
        }
        break;
      case "unresolved":
        binds += 1;
        earlier = {
          suspicion: suspicionOf(account),
          atMs,
          isOurs: true,
          isRepeatable: !bind.mayStillCount && binds < bindsMax,
        };
    }
  }

  async function check(account: Account, { suspicion, atMs }: EarlierBind) {
    const withinMs = suspicion.withinMs + elapsedMs() - atMs;
    const outcome = await directory.checkSuspicion(account, { ...suspicion, withinMs }, deadline);
    return outcome.kind;
  }
}

function accepted(
  bind: Extract<BindOutcome, { readonly kind: "accepted" }>,
  read: Extract<IdentityOutcome, { readonly kind: "read" }>,
): VerifierEnd {
  // The answer to the bind is newer than the entry, which was read before it.
  const password = joinPasswordStates(bind.password, read.password);
  return {
    outcome: "accepted",
    identity: read.identity,
    ...(password === undefined ? {} : { password }),
  };
}

function suspectedElsewhere({ suspicion }: VerifierContext): EarlierBind | undefined {
  return suspicion === undefined ? undefined : { suspicion, atMs: 0, isOurs: false, isRepeatable: true };
}

function suspicionOf({ controller, marker }: Account): Suspicion {
  return { controller, withinMs: 0, ...(marker === undefined ? {} : { marker }) };
}

/** Pauses; false once the deadline has passed. */
async function mayAskAgain(deadline: Deadline): Promise<boolean> {
  await pause(Math.min(askAgainAfterMs, deadline.remainingMs));
  return !deadline.passed;
}

/** By the attempt's own deadline, which is the only clock here. */
function startStopwatch(deadline: Deadline): () => number {
  const budgetMs = deadline.remainingMs;
  return () => budgetMs - deadline.remainingMs;
}
