import assert from "node:assert/strict";
import { test } from "node:test";
import { format, inspect } from "node:util";
import { Secret } from "../../../src/login/secret.ts";

test("no usual way of printing shows a secret", () => {
  const secret = new Secret("Sehr-geheim-1");
  const nested = { attempt: { password: secret } };
  const shown = [
    String(secret),
    `${secret}`,
    JSON.stringify(nested),
    inspect(nested, { depth: 9, showHidden: true }),
    format("%o %j %s", nested, nested, secret),
    String(new Error("failed", { cause: secret }).cause),
  ];
  for (const text of shown) assert.ok(!text.includes("geheim"), text);
});

test("a dropped secret is an error, not an empty password", () => {
  const secret = new Secret("Sehr-geheim-1");
  assert.equal(secret.reveal(), "Sehr-geheim-1");
  secret.drop();
  assert.throws(() => secret.reveal(), /after it was dropped/);
});
