/**
 * Reads the policy that a new password offends, on the controller that refused it.
 *
 * @module
 */

import type { Deadline } from "../../login/deadline.ts";
import type { Refusal } from "../../login/operation.ts";
import type { FailureMarker } from "../../login/ports.ts";
import type { FoundAccount } from "../accounts/account.ts";
import type { Controller } from "../controllers/controller.ts";
import { domainRootOf } from "../ldap/distinguished-name.ts";
import type { DirectoryEntry } from "../ldap/entry.ts";
import { present } from "../ldap/filter.ts";
import {
  domainPolicyAttributes,
  domainPolicyOf,
  offendedPart,
  ownPolicyAttributes,
  ownPolicyOf,
} from "./domain-policy.ts";
import type { DomainPolicy } from "./domain-policy.ts";
import type { NewPassword } from "./new-password.ts";

export interface Restricted {
  readonly request: NewPassword;
  readonly account: FoundAccount;
  readonly controller: Controller;
  readonly baseDn: string;
  /** When the old password was set. */
  readonly passwordTime: FailureMarker;
  readonly nowMs: number;
}

/** `policy` where the policy cannot be read. */
export async function explainRestriction(restricted: Restricted, deadline: Deadline): Promise<Refusal> {
  const { request, account, passwordTime, nowMs } = restricted;
  const policy = await readPolicy(restricted, deadline);
  if (policy === undefined) return "policy";
  return offendedPart(policy, {
    newPassword: request.newPassword.reveal(),
    // Nobody who sets somebody else's password is too early.
    pwdLastSet: request.method === "password.change" ? passwordTime : "0",
    accountName: account.entry.text("sAMAccountName") ?? "",
    displayName: account.entry.text("displayName") ?? "",
    nowMs,
  });
}

async function readPolicy(
  { account, controller, baseDn }: Restricted,
  deadline: Deadline,
): Promise<DomainPolicy | undefined> {
  const own = await read(controller, account.distinguishedName, ["msDS-ResultantPSO"], deadline);
  const ownPolicy = own?.text("msDS-ResultantPSO");
  if (ownPolicy !== undefined) {
    const entry = await read(controller, ownPolicy, ownPolicyAttributes, deadline);
    // An ordinary account may be told that there is one, and not what it says.
    return entry?.text(ownPolicyAttributes[1]) === undefined ? undefined : ownPolicyOf(entry);
  }
  const domain = await read(controller, domainRootOf(baseDn), domainPolicyAttributes, deadline);
  return domain?.text("minPwdLength") === undefined ? undefined : domainPolicyOf(domain);
}

async function read(
  controller: Controller,
  base: string,
  attributes: readonly string[],
  deadline: Deadline,
): Promise<DirectoryEntry | undefined> {
  const request = { base, scope: "base", filter: present("objectClass"), attributes, entriesMax: 1 } as const;
  const outcome = await controller.search(request, deadline);
  return outcome.kind === "entries" ? outcome.entries[0] : undefined;
}
