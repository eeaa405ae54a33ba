/**
 * What applications ask beside logins, from HTTP to Active Directory and back: who may, what comes, and that no password is readable.
 */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startLoginSystem } from "../support/login-system.ts";
import type { LoginSystem } from "../support/login-system.ts";
import { startSamba } from "../support/samba.ts";
import type { LabDirectory } from "../support/lab-directory.ts";
import { createScratch } from "../support/scratch.ts";
import type { Scratch } from "../support/scratch.ts";

const token = "kX9-a-token-that-nobody-can-guess-41";
const newPassword = "Schlüssel-größe-日本-7";

let samba: LabDirectory;
let scratch: Scratch;
let system: LoginSystem;

before(async () => {
  samba = await startSamba();
  scratch = await createScratch("operations");
  const tokenFile = await scratch.write("token", token);
  system = await startLoginSystem({
    directory: samba,
    replicas: 2,
    apiTokens: [{ name: "helpdesk", tokenFile, may: ["users.search"] }],
  });
});
after(async () => {
  await system[Symbol.asyncDispose]();
  await scratch[Symbol.asyncDispose]();
  await samba[Symbol.asyncDispose]();
});

test("a changed password is what the next login takes, and neither is readable on the bus", async () => {
  const { gateway, capture } = system;
  const wanted = { connection: "corp", username: "user01", newPassword };
  const wrong = await gateway.post("/v1/password/change", { ...wanted, oldPassword: "Not-the-0ld-one" });
  assert.deepEqual([wrong.status, wrong.body["reason"]], [422, "wrong_old_password"]);
  const unknown = await gateway.post("/v1/password/change", {
    ...wanted,
    username: "nobody",
    oldPassword: "x",
  });
  assert.deepEqual([unknown.status, unknown.body["reason"]], [422, "wrong_old_password"]);
  const changed = await gateway.post("/v1/password/change", { ...wanted, oldPassword: samba.password });
  assert.deepEqual([changed.status, changed.body["outcome"]], [200, "done"]);
  assert.equal((await gateway.login({ username: "user01", password: newPassword })).status, 200);
  assert.equal((await gateway.login({ username: "user01", password: samba.password })).status, 401);
  const all = Buffer.from(await capture.everything());
  assert.ok(all.length > 0);
  for (const secret of [newPassword, samba.password, "user01"]) assert.ok(!all.includes(secret));
  const log =
    system.replicas.map(({ program }) => program.recentOutput()).join("\n") + gateway.recentOutput();
  for (const secret of [newPassword, samba.password, "user01"]) assert.ok(!log.includes(secret));
});

test("lists are for applications with a token for them", async () => {
  const { gateway } = system;
  const search = { connection: "corp", text: "lovel" };
  const found = await gateway.post("/v1/users/search", search, token);
  assert.equal(found.status, 200);
  assert.deepEqual(
    { people: names(found.body["users"]), truncated: found.body["truncated"] },
    { people: ["ada"], truncated: false },
  );
  const refusals = await Promise.all([
    gateway.post("/v1/users/search", search),
    gateway.post("/v1/users/search", search, `${token}x`),
    gateway.post("/v1/groups", search, token),
    gateway.post("/v1/password/reset", { connection: "corp", username: "ada", newPassword }, token),
  ]);
  assert.deepEqual(
    refusals.map(({ status }) => status),
    [401, 401, 403, 403],
  );
  assert.equal(await gateway.readMetric("drawbridge_operations_total", { method: "users.search" }), 1);
});

function names(people: unknown): readonly unknown[] {
  assert.ok(Array.isArray(people));
  return people.map((person: { readonly accountName?: unknown }) => person.accountName);
}
