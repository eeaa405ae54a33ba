/**
 * What one login asks of the directory and puts on the bus: no times, and the same on every machine.
 *
 * Logins come one after the other, and the least of them counts: what the programs do beside logins, and what they add on a slow
 * moment, is more.
 *
 * @module
 */

import { captureBus } from "../../test/support/bus-capture.ts";
import type { BusCapture, CapturedMessage } from "../../test/support/bus-capture.ts";
import type { GatewayProgram, LoginRequest } from "../../test/support/drawbridge.ts";
import { nestedGroups } from "../../test/support/nested-groups.ts";
import { Installation } from "../installation.ts";
import { ldapsPort } from "./ours.ts";
import type { Section } from "./section.ts";

const connection = "corp";
const pool = 4;
const logins = 25;
/** Nobody is locked out meanwhile. */
const failuresMax = 1_000;
/** By the one who reads the directory's counters. */
const readingOf = { binds: 1, searches: 2 };

const cases = [
  { name: "password", account: "u2", isRight: true },
  { name: "wrong password", account: "u2", isRight: false },
  { name: "password, 200 nested groups", account: "u1", isRight: true },
] as const;

export const counts: Section = {
  name: "counts",
  what: "operations at the directory, and messages and bytes on the bus, a login",
  async run({ env, main, wants, tell }) {
    await using installation = await Installation.start({
      users: 2,
      directory: { failuresMax, isCounting: true },
      connections: [connection],
      env,
      ...(main && { main }),
    });
    const { directory } = installation;
    await directory.asAdministrator((client) => nestedGroups(client, directory, "u1"));
    await using gateway = await installation.gateway([connection]);
    await using replica = await installation.replica(connection, ldapsPort, pool);
    void replica;
    for (const { name, account, isRight } of cases.filter((one) => wants(one.name))) {
      const login = {
        connection,
        username: account,
        password: isRight ? directory.password : "wrong-password",
      };
      const least = await leastOf(installation, gateway, login, isRight ? 200 : 401);
      const rounds = Object.entries(least).map(([what, count]) => [what, [count]] as const);
      tell({ section: "counts", name, at: {}, rounds: Object.fromEntries(rounds) });
    }
  },
};

async function leastOf(
  { directory, nats }: Installation,
  gateway: GatewayProgram,
  login: LoginRequest,
  status: number,
): Promise<Readonly<Record<string, number>>> {
  const counted: { readonly attempt: string; readonly ldapBinds: number; readonly ldapSearches: number }[] =
    [];
  await using capture = await captureBus(nats);
  for (let number = 0; number < logins; number += 1) {
    const before = await directory.operations();
    const answer = await gateway.login(login);
    const after = await directory.operations();
    // Where the machine stood still for a second, nobody could say; that is not the login that is counted.
    if (answer.status !== status) continue;
    counted.push({
      attempt: String(answer.body["attempt"]),
      ldapBinds: after.binds - before.binds - readingOf.binds,
      ldapSearches: after.searches - before.searches - readingOf.searches,
    });
  }
  if (counted.length === 0) throw new Error(`no login ended with ${status}`);
  await capture.everything();
  const onBus = counted.map(({ attempt }) => messagesOf(attempt, capture));
  return {
    ldapBinds: Math.min(...counted.map(({ ldapBinds }) => ldapBinds)),
    ldapSearches: Math.min(...counted.map(({ ldapSearches }) => ldapSearches)),
    busMessages: Math.min(...onBus.map((messages) => messages.length)),
    busBytes: Math.min(
      ...onBus.map((messages) => messages.reduce((sum, { payload }) => sum + payload.length, 0)),
    ),
  };
}

/** Either their subject or the one for the answer names the attempt. */
function messagesOf(attempt: string, { messages }: BusCapture): readonly CapturedMessage[] {
  const found = messages.filter(({ subject, reply }) => `${subject} ${reply}`.includes(`.${attempt}.`));
  if (found.length === 0) throw new Error(`no message of the login ${attempt} was seen`);
  return found;
}
