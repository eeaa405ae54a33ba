/**
 * The time that a domain's controllers have.
 *
 * @see MS-ADTS 3.1.1.3.2.9 — currentTime
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import type { Deadline } from "../../login/deadline.ts";
import { present } from "../ldap/filter.ts";
import { parseGeneralizedTime } from "../ldap/generalized-time.ts";
import type { Controllers } from "./controllers.ts";

const attribute = "currentTime";
const lookAgainMs = 50;

/**
 * Waits for a controller that answers, until the deadline.
 *
 * @returns milliseconds since 1970, in whole seconds; undefined where none answers or has a clock (OpenLDAP).
 */
export async function toldTime(controllers: Controllers, deadline: Deadline): Promise<number | undefined> {
  while (controllers.preferred === undefined && !deadline.passed) {
    await pause(Math.min(lookAgainMs, deadline.remainingMs));
  }
  const outcome = await controllers.search(
    { base: "", scope: "base", filter: present("objectClass"), attributes: [attribute], entriesMax: 1 },
    deadline,
  );
  return outcome.kind === "failed"
    ? undefined
    : parseGeneralizedTime(outcome.entries[0]?.text(attribute) ?? "");
}
