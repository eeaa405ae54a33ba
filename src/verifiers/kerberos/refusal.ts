/**
 * Why a ticket was refused, for whoever has to mend it.
 *
 * What the ticket says of itself, in clear, is compared with the keytab; only what that cannot tell is read from the library's words.
 *
 * @module
 */

import type { TicketShown } from "../../login/negotiate-token.ts";
import type { VerifierEnd } from "../../login/ports.ts";
import { denied } from "../../login/verdict.ts";
import type { KeytabEntry } from "./keytab.ts";

export function explainRefusal(
  ticket: TicketShown,
  keys: readonly KeytabEntry[],
  problem: string,
): VerifierEnd {
  const { realm, service, keyVersion } = ticket;
  const versions = keys
    .filter((key) => key.realm === realm && key.service.toLowerCase() === service.toLowerCase())
    .map((key) => key.keyVersion);
  if (versions.length === 0) return denied("ticket_wrong_service");
  // A KDC that is no Active Directory may not number its keys.
  if (keyVersion !== undefined && keyVersion !== 0 && !versions.includes(keyVersion)) {
    // Another replica may have the new keytab already.
    if (keyVersion > Math.max(...versions)) return { outcome: "returned", why: "keytab_outdated" };
    return denied("ticket_old_key");
  }
  if (/skew|not yet valid/i.test(problem)) return denied("ticket_clock_skew");
  if (/expired/i.test(problem)) return denied("ticket_expired");
  if (/decrypt|integrity/i.test(problem)) return denied("ticket_wrong_key");
  return denied("ticket_refused");
}
