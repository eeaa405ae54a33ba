/**
 * The promise that AD administrators care for most: a wrong password typed once counts once, whatever becomes of the replica that
 * was granted the login. Counted by the directory itself, on real servers.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { LabDirectory } from "../support/lab-directory.ts";
import { startLoginSystem } from "../support/login-system.ts";
import type { LoginReplica, LoginSystem } from "../support/login-system.ts";
import { startSamba } from "../support/samba.ts";
import { startSlapd } from "../support/slapd.ts";

interface Counted {
  readonly directory: LabDirectory;
  /** An account that no earlier case has used. */
  nextAccount(): string;
  /** The directory's own count of wrong passwords. */
  count(account: string): Promise<number>;
}

/** How a replica is lost; resolves when it is back, or never will be. */
type Loss = (replica: LoginReplica) => Promise<void>;

const losses: Readonly<Record<string, Loss>> = {
  async "cut off from NATS, and back 3 s later"({ natsLine }) {
    natsLine.blackHole();
    await sleep(3_000);
    natsLine.heal();
  },
  async "frozen, and thawed 3 s later"({ program }) {
    program.freeze();
    await sleep(3_000);
    program.thaw();
  },
  async killed({ program }) {
    await program.kill();
  },
};

/** Each way from the replica to the controller takes this long, so that there is a moment to lose the replica in. */
const lineDelayMs = 40;
/** For a bind that a late replica might still send, or a controller might still count. */
const settleMs = 700;

async function loseReplica(
  system: LoginSystem,
  counted: Counted,
  loss: Loss,
  moment: "grant" | "bind",
  password: string,
) {
  const account = counted.nextAccount();
  system.controllerLine.delay(lineDelayMs);
  const holder = moment === "grant" ? system.nextGrant() : system.nextBind();
  const answering = system.gateway.login({ username: account, password });
  const lost = holder.then(loss);
  const answer = await answering;
  await lost;
  system.controllerLine.delay(0);
  await sleep(settleMs);
  return { answer, count: await counted.count(account) };
}

async function runAll(t: { test: typeof test }, counted: Counted): Promise<void> {
  await using system = await startLoginSystem({ directory: counted.directory, replicas: 5 });
  for (const [name, loss] of Object.entries(losses)) {
    for (const moment of ["grant", "bind"] as const) {
      await t.test(
        `a replica ${name}, right after the ${moment}: the wrong password counts exactly once`,
        async () => {
          const { answer, count } = await loseReplica(system, counted, loss, moment, "not the password");
          assert.equal(answer.status, 401, JSON.stringify(answer.body));
          assert.equal(answer.body["reason"], "bad_credentials");
          assert.equal(count, 1);
        },
      );
    }
    if (name === "killed") continue;
    await t.test(`a replica ${name}: the right password is accepted and counts nothing`, async () => {
      const { answer, count } = await loseReplica(system, counted, loss, "bind", counted.directory.password);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      assert.equal(count, 0);
    });
  }
}

test("on Active Directory (badPwdCount)", async (t) => {
  await using samba = await startSamba();
  let used = 0;
  await runAll(t, {
    directory: samba,
    nextAccount: () => `user${String(++used).padStart(2, "0")}`,
    count: (account) => samba.badPwdCount(account),
  });
});

test("on OpenLDAP (pwdFailureTime)", async (t) => {
  await using slapd = await startSlapd({ usersMax: 20 });
  let used = 0;
  await runAll(t, {
    directory: slapd,
    nextAccount: () => `u${++used}`,
    count: async (account) => (await slapd.failureTimes(account)).length,
  });
});
