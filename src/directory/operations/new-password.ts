/**
 * How a new password is written: everything made ready first, so that nothing stands between the permission and the first byte.
 *
 * - `unicode_pwd`: one change of that attribute, on the service account's connection. A change deletes the old value and adds the new
 *   one; knowing the old one is the right to do so, and so it also works for a password that has expired or must be changed.
 * - `extended`: the operation of RFC 3062. A change is done by the person, who logs in for it on a connection of their own.
 *
 * @see MS-ADTS 3.1.1.3.1.5.1 — unicodePwd; RFC 3062 §2
 * @module
 */

import type { Deadline } from "../../login/deadline.ts";
import type { PasswordChange, PasswordReset } from "../../login/operation.ts";
import type { Secret } from "../../login/secret.ts";
import type { FoundAccount } from "../accounts/account.ts";
import type { Controller } from "../controllers/controller.ts";
import { isBindName } from "../ldap/bind-name.ts";
import type { BindName } from "../ldap/bind-name.ts";
import { present } from "../ldap/filter.ts";
import type { AnsweredWrite, Failure, LdapConnection, Modification } from "../ldap/ldap-connection.ts";
import { policyHintsOids } from "../ldap/wire-password.ts";
import type { PolicyHintsOid } from "../ldap/wire-password.ts";
import type { Preset } from "../preset.ts";

/** Disposing gives back what is held for it. */
export interface ReadyWrite extends Disposable {
  /** False once the connection has gone meanwhile: then nothing must be sent, and nothing was. */
  readonly isReady: boolean;
  /** Its first bytes are written before this returns its promise. */
  send(deadline: Deadline): Promise<AnsweredWrite>;
}

export type NewPassword = PasswordChange | PasswordReset;

export type ReadyOutcome = { readonly kind: "ready"; readonly write: ReadyWrite } | Failure;

export function readyWrite(
  request: NewPassword,
  account: FoundAccount,
  controller: Controller,
  preset: Preset,
  deadline: Deadline,
): Promise<ReadyOutcome> {
  const name = account.distinguishedName;
  if (request.method === "password.change" && preset.passwordWrite === "extended") {
    return byThePerson(request, name, controller, deadline);
  }
  return byTheServiceAccount(request, name, controller, preset, deadline);
}

async function byTheServiceAccount(
  request: NewPassword,
  name: string,
  controller: Controller,
  preset: Preset,
  deadline: Deadline,
): Promise<ReadyOutcome> {
  const connected = await controller.connection(deadline);
  if (connected.kind === "failed") return connected;
  const { connection } = connected;
  const isReset = request.method === "password.reset";
  const hints =
    isReset && preset.passwordWrite === "unicode_pwd" ? await findHints(controller, deadline) : undefined;
  const set =
    preset.passwordWrite === "unicode_pwd"
      ? (until: Deadline) => connection.modify(name, modificationsOf(request), until, hints)
      : (until: Deadline) => connection.modifyPassword(name, undefined, request.newPassword, until);
  return {
    kind: "ready",
    write: {
      get isReady() {
        return !connection.closed;
      },
      async send(until) {
        const answered = await set(until);
        const isSet = answered.kind === "answered" && answered.answer.code === 0;
        if (!isSet || request.method !== "password.reset" || !request.mustChange) return answered;
        // Not together with the password, whose setting would end it again.
        return connection.modify(name, [mustChange[preset.passwordWrite]], until, undefined);
      },
      [Symbol.dispose]() {},
    },
  };
}

async function byThePerson(
  { oldPassword, newPassword }: PasswordChange,
  name: string,
  controller: Controller,
  deadline: Deadline,
): Promise<ReadyOutcome> {
  if (!isBindName(name)) return { kind: "failed", why: "result_code" };
  const leased = await controller.leaseForBind(deadline);
  if (leased.kind === "failed") return leased;
  const { lease } = leased;
  const { connection } = lease;
  return {
    kind: "ready",
    write: {
      get isReady() {
        return !connection.closed;
      },
      async send(until) {
        const answered = await changeAs(connection, name, oldPassword, newPassword, until);
        if (answered.kind === "answered") lease.giveBack();
        return answered;
      },
      [Symbol.dispose]: () => lease[Symbol.dispose](),
    },
  };
}

async function changeAs(
  connection: LdapConnection,
  name: BindName,
  oldPassword: Secret,
  newPassword: Secret,
  deadline: Deadline,
): Promise<AnsweredWrite> {
  const loggedIn = await connection.bind(name, oldPassword, deadline);
  // That the password must be changed is no obstacle to changing it.
  if (loggedIn.kind === "failed" || loggedIn.answer.code !== 0) return loggedIn;
  return connection.modifyPassword(name, oldPassword, newPassword, deadline);
}

function modificationsOf(request: NewPassword): readonly Modification[] {
  const attribute = "unicodePwd";
  const added = quoted(request.newPassword);
  if (request.method === "password.change") {
    return [
      { operation: "delete", attribute, value: quoted(request.oldPassword) },
      { operation: "add", attribute, value: added },
    ];
  }
  return [
    { operation: "replace", attribute, value: added },
    ...(request.unlock ? [replacing("lockoutTime", "0")] : []),
  ];
}

/** OpenLDAP ends a lockout by itself when an administrator sets the password. @see slapo-ppolicy(5) */
const mustChange: Readonly<Record<Preset["passwordWrite"], Modification>> = {
  unicode_pwd: replacing("pwdLastSet", "0"),
  extended: replacing("pwdReset", "TRUE"),
};

function replacing(attribute: string, text: string): Modification {
  return { operation: "replace", attribute, value: Buffer.from(text, "utf8") };
}

function quoted(password: Secret): Buffer {
  return Buffer.from(`"${password.reveal()}"`, "utf16le");
}

/** The newest form of the control that this controller knows. */
async function findHints(controller: Controller, deadline: Deadline): Promise<PolicyHintsOid | undefined> {
  const outcome = await controller.search(
    {
      base: "",
      scope: "base",
      filter: present("objectClass"),
      attributes: ["supportedControl"],
      entriesMax: 1,
    },
    deadline,
  );
  const known = new Set(outcome.kind === "entries" ? outcome.entries[0]?.texts("supportedControl") : []);
  return policyHintsOids.find((oid) => known.has(oid));
}
