/**
 * Whatever answers a login or a request: it is told once, with who and from where, and with no secret.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { answeredLogins, answeredOperations } from "../../../src/gateway/answered.ts";
import { createAttemptId } from "../../../src/login/attempt.ts";
import type { Attempt } from "../../../src/login/attempt.ts";
import { parseAccountName } from "../../../src/login/account-name.ts";
import { Deadline } from "../../../src/login/deadline.ts";
import { refused } from "../../../src/login/operation.ts";
import type { Operation } from "../../../src/login/operation.ts";
import { Secret } from "../../../src/login/secret.ts";
import { denied } from "../../../src/login/verdict.ts";
import { corp, passwordAttempt } from "../../support/memory-system.ts";
import { recordEvents } from "../../support/recorded-events.ts";

const from = { ip: "203.0.113.7", application: "portal" };
const soon = (): Deadline => Deadline.after(1_000);
const now = (): number => 5;
const newId = (): ReturnType<typeof createAttemptId> => createAttemptId(randomBytes);

test("a login is told once, by its name, its id, or neither, as its method has it", async () => {
  const { events, seen } = recordEvents();
  const verdict = denied("bad_credentials");
  const authenticate = answeredLogins<Attempt, typeof from>(async () => verdict, { events, now });
  const common = { id: newId(), connection: corp };
  const certificate = Buffer.from("DER");
  const proof = { by: "gateway" } as const;
  const attempts: readonly (readonly [Attempt, object])[] = [
    [passwordAttempt("ada", "right"), { username: "ada" }],
    [{ ...common, method: "session", subjectId: "7b0c" }, { subject: "7b0c" }],
    [{ ...common, method: "kerberos", token: new Secret("YII") }, {}],
    [{ ...common, method: "certificate", certificate, chain: [], proof }, {}],
  ];
  for (const [attempt, who] of attempts) {
    seen.length = 0;
    assert.equal(await authenticate(attempt, soon(), from), verdict);
    const { id, connection, method } = attempt;
    const fields = { attempt: id, connection, method, ...who, from, verdict, ms: 0 };
    const begun = { name: "requestBegun", fields: { attempt: id } };
    assert.deepEqual(seen, [begun, { name: "loginAnswered", fields }]);
  }
});

test("a login that ends in a defect is told as what it is answered with", async () => {
  const { events, seen } = recordEvents();
  const broken = answeredLogins(() => Promise.reject(new Error("a defect")), { events, now });
  await assert.rejects(broken(passwordAttempt("ada", "right"), soon(), from), /a defect/);
  assert.deepEqual(
    seen.map(({ name, fields }) => [name, fields["verdict"]]),
    [
      ["requestBegun", undefined],
      ["loginAnswered", { outcome: "unavailable", fault: "internal_error" }],
    ],
  );
});

test("a request is told with whom it is about, or what was looked for, and with no password", async () => {
  const { events, seen } = recordEvents();
  const operate = answeredOperations(async () => refused("not_offered"), { events, now });
  const name = parseAccountName("ada");
  assert.ok(name.ok);
  const asked = { id: newId(), connection: corp };
  const operations: readonly (readonly [Operation, object])[] = [
    [{ ...asked, method: "users.search", text: "a", pageSize: 1 }, { query: "a" }],
    [
      {
        ...asked,
        method: "password.change",
        accountName: name.name,
        oldPassword: new Secret("old"),
        newPassword: new Secret("new"),
      },
      { username: "ada" },
    ],
  ];
  for (const [operation, about] of operations) {
    seen.length = 0;
    await operate(operation, "portal", soon(), from.ip);
    const { id, connection, method } = operation;
    const end = { outcome: "refused", reason: "not_offered" };
    assert.deepEqual(
      seen.map(({ fields }) => fields),
      [
        { attempt: id },
        { attempt: id, connection, method, ...about, caller: "portal", from: { ip: from.ip }, end, ms: 0 },
      ],
    );
  }
});
