/**
 * Whether this machine and a controller agree what time it is.
 *
 * The rootDSE is read without logging in, so that a clock which is off is found even where it is the reason why nobody can.
 *
 * @see MS-ADTS 3.1.1.3.2.9 — currentTime
 * @module
 */

import { present } from "../../directory/ldap/filter.ts";
import { parseGeneralizedTime } from "../../directory/ldap/generalized-time.ts";
import { openConnection } from "../../directory/ldap/ldap-connection.ts";
import { Deadline } from "../../login/deadline.ts";
import type { ExaminedController } from "./examined-place.ts";
import { fine, found, skipped } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** What Kerberos allows. @see RFC 4120 §7.5.4 */
const offAfterMs = 5 * 60_000;
const driftsAfterMs = 60_000;

export async function checkClock(
  { address, isTrusted }: ExaminedController,
  timeoutMs: number,
): Promise<Finding> {
  const subject = address.name;
  if (!isTrusted) return skipped("clock", subject, "no connection that is believed");
  const deadline = Deadline.after(timeoutMs);
  const options = { operationTimeoutMs: timeoutMs, hasPasswordPolicyControl: false, onClose: () => {} };
  const opened = await openConnection({ address, ...options }, deadline);
  if (opened.kind === "failed") return skipped("clock", subject, `no connection: ${opened.why}`);
  const read = await opened.connection.search(
    { base: "", scope: "base", filter: present("objectClass"), attributes: ["currentTime"], entriesMax: 1 },
    deadline,
  );
  opened.connection.close();
  const text = read.kind === "entries" ? read.entries[0]?.text("currentTime") : undefined;
  const theirsMs = parseGeneralizedTime(text ?? "");
  if (theirsMs === undefined) return skipped("clock", subject, "this directory does not tell the time");
  const aheadMs = Date.now() - theirsMs;
  const offMs = Math.abs(aheadMs);
  if (offMs < driftsAfterMs) return fine("clock", subject, "within a minute of this machine's");
  const says = `this machine's clock is ${durationText(offMs)} ${aheadMs > 0 ? "ahead of" : "behind"} the controller's`;
  return found(offMs < offAfterMs ? "clock_drifts" : "clock_off", "clock", subject, says);
}

export function durationText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}
