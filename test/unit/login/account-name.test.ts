import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseAccountName } from "../../../src/login/account-name.ts";

test("a name is sorted by its form", () => {
  const cases = [
    ["ada", { form: "plain", text: "ada" }],
    [
      "ada@example.test",
      { form: "principal", text: "ada@example.test", user: "ada", suffix: "example.test" },
    ],
    [
      "a@b@example.test",
      { form: "principal", text: "a@b@example.test", user: "a@b", suffix: "example.test" },
    ],
    ["EXAMPLE\\ada", { form: "down_level", text: "EXAMPLE\\ada", domain: "EXAMPLE", user: "ada" }],
    ["@ada", { form: "plain", text: "@ada" }],
    ["ada@", { form: "plain", text: "ada@" }],
    ["Zoë Müller-日本", { form: "plain", text: "Zoë Müller-日本" }],
    ["*)(uid=*", { form: "plain", text: "*)(uid=*" }],
    ["EXTERNAL", { form: "plain", text: "EXTERNAL" }],
  ] as const;
  for (const [text, name] of cases) assert.deepEqual(parseAccountName(text), { ok: true, name });
});

test("what no directory accepts is refused with the reason", () => {
  const cases = [
    ["", "empty"],
    ["   ", "empty"],
    ["a".repeat(257), "too_long"],
    ["ada\u0000", "control_character"],
    ["ada\nroot", "control_character"],
    ["ada\u0085", "control_character"],
    ["ada\u202egpj", "control_character"],
    ["ada\ud800", "control_character"],
    ["\\ada", "malformed"],
    ["EXAMPLE\\", "malformed"],
  ] as const;
  for (const [text, problem] of cases) assert.deepEqual(parseAccountName(text), { ok: false, problem });
});

test("any text is parsed or refused, and never changed", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      const parsed = parseAccountName(text);
      if (parsed.ok) assert.equal(parsed.name.text, text);
    }),
  );
});
