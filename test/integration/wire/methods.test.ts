/**
 * Methods that not every replica offers: who is asked, and what travels.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { createAttemptId, ticketLengthMax } from "../../../src/login/attempt.ts";
import type { KerberosAttempt } from "../../../src/login/attempt.ts";
import type { Verifier } from "../../../src/login/ports.ts";
import { Secret } from "../../../src/login/secret.ts";
import { createFakeDirectory, rightPassword } from "../../support/fake-directory.ts";
import { corp, startMemorySystem } from "../../support/memory-system.ts";

const identity = {
  subjectId: "7b0c1d4e-0000-4000-8000-000000000001",
  accountName: "ada",
  distinguishedName: "ada",
  profile: {},
  groups: [],
  groupsRead: "complete",
} as const;

function ticketAttempt(token: string): KerberosAttempt {
  return { id: createAttemptId(randomBytes), connection: corp, method: "kerberos", token: new Secret(token) };
}

/** Accepts everything, and answers with a token; what it was shown is in `tokens`. */
function createTicketTaker(): Verifier<KerberosAttempt> & { ready: boolean; readonly tokens: string[] } {
  const tokens: string[] = [];
  return {
    ready: true,
    tokens,
    async verify({ token }) {
      tokens.push(token.reveal());
      return { outcome: "accepted", identity, answerToken: "oRQw" };
    },
  };
}

describe("a method that not every replica offers", () => {
  test("goes to those that offer it, with 48 KiB of token, and brings their answer back", async () => {
    const taker = createTicketTaker();
    const directories = [createFakeDirectory(["ada"]), createFakeDirectory(["ada"])];
    using system = await startMemorySystem(directories, 64, 500, (index) =>
      index === 1 ? { kerberos: taker } : {},
    );
    const token = randomBytes((ticketLengthMax / 4) * 3).toString("base64");
    for (let n = 0; n < 10; n += 1) {
      const verdict = await system.authenticate(ticketAttempt(token));
      assert.deepEqual(verdict, { outcome: "accepted", identity, answerToken: "oRQw" });
    }
    assert.deepEqual(new Set(taker.tokens), new Set([token]));
    assert.equal((await system.login("ada", rightPassword)).outcome, "accepted");
  });

  test("ends at once where nobody does", async () => {
    using system = await startMemorySystem([createFakeDirectory(["ada"])]);
    const verdict = await system.authenticate(ticketAttempt("YIIB"));
    assert.deepEqual(verdict, { outcome: "unavailable", fault: "no_connector" });
  });

  test("is taken by another replica while one cannot check it, whose passwords go on", async () => {
    const [broken, whole] = [createTicketTaker(), createTicketTaker()];
    const directories = [createFakeDirectory(["ada"]), createFakeDirectory(["ada"])];
    using system = await startMemorySystem(directories, 64, 500, (index) => ({
      kerberos: index === 0 ? broken : whole,
    }));
    broken.ready = false;
    for (let n = 0; n < 20; n += 1) {
      assert.equal((await system.authenticate(ticketAttempt("YIIB"))).outcome, "accepted");
      assert.equal((await system.login("ada", rightPassword)).outcome, "accepted");
    }
    assert.equal(broken.tokens.length, 0);
    whole.ready = false;
    const verdict = await system.authenticate(ticketAttempt("YIIB"));
    assert.deepEqual(verdict, { outcome: "unavailable", fault: "connector_not_ready" });
  });
});
