/**
 * Looks a person up and reads their groups, exactly as a login would.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import type { DirectoryEngine } from "../../directory/open-directory.ts";
import { parseAccountName } from "../../login/account-name.ts";
import { Deadline } from "../../login/deadline.ts";
import type { Account } from "../../login/ports.ts";
import { openConfiguredDirectory } from "../open-configured-directory.ts";
import type { ConfiguredDirectory } from "../open-configured-directory.ts";
import { fine, found, skipped } from "./finding.ts";
import type { Finding } from "./finding.ts";

const pollMs = 10;

/** @param userName  Given by the operator, or one that was found below the base DN. */
export async function checkPeople(
  configured: ConfiguredDirectory,
  userName: string,
  timeoutMs: number,
): Promise<readonly Finding[]> {
  const { connection: subject } = configured;
  const confidential = [`name: ${userName}`];
  const parsed = parseAccountName(userName);
  if (!parsed.ok)
    return [
      found("name_unknown", "people", subject, `no name can be like this: ${parsed.problem}`, {
        confidential,
      }),
    ];
  const deadline = Deadline.after(timeoutMs);
  await using directory = openConfiguredDirectory(configured, () => {});
  while (directory.controller() === undefined && !deadline.passed) await pause(pollMs);
  const outcome = await directory.findAccount(parsed.name, deadline);
  switch (outcome.kind) {
    case "none":
      return [found("name_unknown", "people", subject, "nobody has this name", { confidential })];
    case "several":
      return [
        found("name_ambiguous", "people", subject, "several accounts have this name", { confidential }),
      ];
    case "unavailable":
      return [
        found("search_failed", "people", subject, `the search ended as ${outcome.fault}`, { confidential }),
      ];
    case "found": {
      const details = {
        confidential: [...confidential, `distinguished name: ${outcome.account.distinguishedName}`],
      };
      return [
        fine("people", subject, `found on ${outcome.account.controller}`, details),
        await checkGroups(subject, directory, outcome.account, deadline),
      ];
    }
  }
}

async function checkGroups(
  subject: string,
  directory: DirectoryEngine,
  account: Account,
  deadline: Deadline,
): Promise<Finding> {
  if (deadline.passed) return skipped("groups", subject, "no time was left");
  const read = await directory.readIdentity(account, deadline);
  if (read.kind === "unavailable")
    return found("groups_failed", "groups", subject, `reading them ended as ${read.fault}`);
  const { groups, groupsRead } = read.identity;
  const says = `${groups.length} groups, ${groupsRead}`;
  return groupsRead === "complete"
    ? fine("groups", subject, says)
    : found("groups_incomplete", "groups", subject, says);
}
