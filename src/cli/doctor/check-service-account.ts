/**
 * Logs the service account in, so carefully that it cannot be locked: a password that was refused once is not tried again, on no
 * controller and for no domain.
 *
 * @module
 */

import { judgeBind, subCodeOf } from "../../directory/accounts/bind-diagnostic.ts";
import { isBindName } from "../../directory/ldap/bind-name.ts";
import { openConnection } from "../../directory/ldap/ldap-connection.ts";
import type { LdapConnection } from "../../directory/ldap/ldap-connection.ts";
import { Deadline } from "../../login/deadline.ts";
import type { ExaminedController, Place } from "./examined-place.ts";
import { fine, found, skipped } from "./finding.ts";
import type { Finding } from "./finding.ts";

export interface ServiceAccountTries {
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
  readonly hasPasswordPolicyControl: boolean;
  /** Names of accounts that were refused, by anybody. */
  readonly refused: Set<string>;
}

/** Leaves the connection open where it succeeds; whoever has the controller closes it. */
export async function checkServiceAccount(
  controller: ExaminedController,
  { account }: Place,
  tries: ServiceAccountTries,
): Promise<Finding> {
  const { address } = controller;
  const subject = address.name;
  if (!controller.isTrusted) return skipped("service account", subject, "no connection that is believed");
  if (account.password.reveal() === "")
    return skipped("service account", subject, "its password file cannot be read");
  if (tries.refused.has(account.name)) {
    return skipped("service account", subject, "not tried again after it was refused, so as not to lock it");
  }
  if (!isBindName(account.name)) {
    const says = "its name is neither a distinguished name nor user@domain";
    return found("configuration_invalid", "service account", subject, says, { confidential: [account.name] });
  }
  const opened = await openConnection(
    {
      address,
      operationTimeoutMs: tries.timeoutMs,
      hasPasswordPolicyControl: tries.hasPasswordPolicyControl,
      onClose: () => {},
    },
    Deadline.after(tries.connectTimeoutMs),
  );
  if (opened.kind === "failed")
    return found("search_failed", "service account", subject, `no connection: ${opened.why}`);
  const { connection } = opened;
  const answered = await connection.bind(account.name, account.password, Deadline.after(tries.timeoutMs));
  if (answered.kind === "failed") {
    connection.close();
    return found("search_failed", "service account", subject, `no answer to the bind: ${answered.why}`);
  }
  const judged = judgeBind(answered.answer);
  if (judged.kind === "accepted") {
    controller.connection = connection;
    return fine("service account", subject, "logged in");
  }
  connection.close();
  tries.refused.add(account.name);
  const subCode = subCodeOf(answered.answer.diagnostic);
  const code = `result ${answered.answer.code}${subCode === undefined ? "" : `, sub-code ${subCode}`}`;
  const details = { confidential: [account.name] };
  if (judged.kind !== "denied") {
    const says = `the directory refused to check it (${code})`;
    return found("service_account_refused", "service account", subject, says, details);
  }
  const isPassword = judged.reason === "bad_credentials" || judged.reason === "unknown_account";
  const problem = isPassword ? "service_password_wrong" : "service_account_denied";
  const says = isPassword ? `its name or password is wrong (${code})` : `${judged.reason} (${code})`;
  return found(problem, "service account", subject, says, details);
}

export function connectionOf(
  controllers: readonly ExaminedController[],
): { readonly name: string; readonly connection: LdapConnection } | undefined {
  const logged = controllers.find(({ connection }) => connection !== undefined && !connection.closed);
  return logged?.connection === undefined
    ? undefined
    : { name: logged.address.name, connection: logged.connection };
}
