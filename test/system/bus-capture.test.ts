/**
 * What somebody who controls the bus gets to see: no password, no user name, no profile, in any usual encoding.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { startLoginSystem } from "../support/login-system.ts";
import { startSamba } from "../support/samba.ts";

const wrongPassword = "Not-The-Password-42";

/** A text as it would stand in JSON, base64 at each of its three alignments, UTF-16 and hex. */
function encodings(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((shift) => {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
    // The first and last characters depend on what stands beside the text.
    return shifted.slice(shift === 0 ? 0 : 4, -4);
  });
  return [
    text,
    ...base64,
    ...base64.map((encoded) => encoded.replaceAll("+", "-").replaceAll("/", "_")),
    Buffer.from(text, "utf16le").toString("latin1"),
    bytes.toString("hex"),
  ].filter((encoded) => encoded.length >= 6);
}

test("a capture of the whole bus holds no password, user name or profile", async () => {
  await using samba = await startSamba();
  await using system = await startLoginSystem({ directory: samba });
  const { gateway, capture, replicas } = system;
  const { active, another, comma, locked } = samba.accounts;

  const accepted = await gateway.login({ username: active, password: samba.password });
  assert.equal(accepted.status, 200);
  assert.equal(
    (await gateway.login({ username: `${active}@example.test`, password: samba.password })).status,
    200,
  );
  assert.equal(
    (await gateway.login({ username: `EXAMPLE\\${comma}`, password: samba.password })).status,
    200,
  );
  assert.equal((await gateway.login({ username: active, password: wrongPassword })).status, 401);
  assert.equal(
    (await gateway.login({ username: "nobody-by-this-name", password: wrongPassword })).status,
    401,
  );
  assert.equal((await gateway.login({ username: locked, password: samba.password })).status, 401);
  // A login that survives its replica, so that the suspicion travels too.
  system.controllerLine.delay(40);
  const holder = system.nextBind();
  const surviving = gateway.login({ username: another, password: samba.password });
  const lost = await holder;
  await lost.program.kill();
  assert.equal((await surviving).status, 200);

  const seen = (await capture.everything()).toString("latin1");
  assert.ok(seen.includes('"type":"announce"') && seen.includes('"type":"sealed"'), "nothing was captured");
  const hidden = [
    samba.password,
    wrongPassword,
    "nobody-by-this-name",
    comma,
    "Lovelace",
    "Ada L",
    "Engineers",
    "OU=People",
    "ada@example",
    samba.serviceAccount.password,
  ];
  for (const text of hidden) {
    for (const encoded of encodings(text)) {
      assert.ok(!seen.includes(Buffer.from(encoded).toString("latin1")), `${text} is readable on the bus`);
    }
  }
  const programs = [gateway, ...replicas.map(({ program }) => program)];
  const logs = programs.flatMap(({ log }) => log.map((record) => JSON.stringify(record))).join("\n");
  assert.ok(logs.includes("login_ended") && logs.includes("verification_ended"), "nothing was logged");
  for (const text of hidden) assert.ok(!logs.includes(text), `${text} is in a log`);
});
