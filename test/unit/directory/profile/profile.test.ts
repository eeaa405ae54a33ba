import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { DirectoryEntry } from "../../../../src/directory/ldap/entry.ts";
import { ProfileMapping } from "../../../../src/directory/profile/profile.ts";
import type { ProfileOptions } from "../../../../src/directory/profile/profile-options.ts";
import type { Profile } from "../../../../src/login/identity.ts";

const ada = new DirectoryEntry("CN=Lovelace\\, Ada,OU=Analysts,OU=London,DC=example,DC=test", [
  ["givenName", texts("Ada")],
  ["sn", texts("Lovelace")],
  ["mail", texts("ada@example.test", "countess@example.test")],
  ["manager", texts("CN=Babbage\\, Charles,OU=Analysts,DC=example,DC=test")],
  [
    "memberOf",
    texts("CN=Engineers,OU=Groups,DC=example,DC=test", "CN=Ops \\+ Co,OU=Groups,DC=example,DC=test"),
  ],
  ["employeeNumber", texts("1815")],
  ["huge", texts("9007199254740993")],
  ["zero", texts("-0")],
  ["enabled", texts("TRUE")],
  ["disabled", texts("FALSE")],
  ["lastLogon", texts("133500000000000000")],
  ["accountExpires", texts("9223372036854775807")],
  ["pwdLastSet", texts("0")],
  ["createTimestamp", texts("20230115103000.5Z")],
  ["objectSid", [Buffer.from("010500000000000515000000010203040506070809101112f4010000", "hex")]],
  ["objectGUID", [Buffer.from("00112233445566778899aabbccddeeff", "hex")]],
  ["jpegPhoto", [Buffer.from([0xff, 0xd8, 0xff, 0xe0])]],
  ["long", texts("x".repeat(9_000))],
]);

function texts(...values: readonly string[]): readonly Buffer[] {
  return values.map((value) => Buffer.from(value));
}

function map(
  options: ProfileOptions,
  entry: DirectoryEntry = ada,
): { readonly profile: Profile; readonly unfit: readonly string[] } {
  const unfit: string[] = [];
  const mapping = new ProfileMapping(options, (field, why) => unfit.push(`${field} ${why}`));
  return { profile: mapping.profileOf(entry), unfit };
}

const values: readonly (readonly [ProfileOptions[string], Profile[string] | undefined])[] = [
  ["mail", "ada@example.test"],
  ["MAIL", "ada@example.test"],
  ["absent", undefined],
  [{ attribute: "mail", multiple: true }, ["ada@example.test", "countess@example.test"]],
  [{ attribute: "absent", multiple: true }, undefined],
  [{ attribute: "absent", multiple: true, default: ["none"] }, ["none"]],
  [{ attribute: "absent", default: "none" }, "none"],
  [{ attribute: "employeeNumber", type: "integer" }, 1815],
  [{ attribute: "zero", type: "integer" }, 0],
  [{ attribute: "enabled", type: "boolean" }, true],
  [{ attribute: "disabled", type: "boolean" }, false],
  [{ attribute: "lastLogon", type: "time" }, "2024-01-17T21:20:00.000Z"],
  [{ attribute: "createTimestamp", type: "time" }, "2023-01-15T10:30:00.500Z"],
  [{ attribute: "accountExpires", type: "time" }, undefined],
  [{ attribute: "pwdLastSet", type: "time", default: "never" }, "never"],
  [{ attribute: "objectSid", type: "sid" }, "S-1-5-21-67305985-134678021-303108105-500"],
  [{ attribute: "objectGUID", type: "guid" }, "33221100-5544-7766-8899-aabbccddeeff"],
  [{ attribute: "jpegPhoto", type: "base64" }, "/9j/4A=="],
  [{ template: "{givenName} {sn}" }, "Ada Lovelace"],
  [{ template: "{{{givenName}}}" }, "{Ada}"],
  [{ template: "{givenName} {absent}" }, undefined],
  [{ template: "{absent}", default: "nobody" }, "nobody"],
  [{ template: "fixed" }, "fixed"],
  [{ constant: true }, true],
  [{ constant: ["a", 1] }, ["a", 1]],
  [{ attribute: "manager", pick: "CN" }, "Babbage, Charles"],
  [{ attribute: "manager", pick: "cn" }, "Babbage, Charles"],
  [{ attribute: "memberOf", pick: "CN", multiple: true }, ["Engineers", "Ops + Co"]],
  [{ attribute: "dn", pick: "OU" }, "Analysts"],
  [{ attribute: "dn", pick: "OU", index: 1 }, "London"],
  [{ attribute: "dn", pick: "OU", index: 2 }, undefined],
  [{ attribute: "dn", pick: "OU", index: "all", multiple: true }, ["Analysts", "London"]],
  ["dn", ada.distinguishedName],
];
for (const [field, expected] of values) {
  test(`${JSON.stringify(field)} is ${JSON.stringify(expected) ?? "nothing"}`, () => {
    const { profile, unfit } = map({ field });
    assert.deepEqual(profile, expected === undefined ? {} : { field: expected });
    assert.deepEqual(unfit, []);
  });
}

const misfits: readonly (readonly [ProfileOptions[string], string])[] = [
  [{ attribute: "mail", type: "integer" }, "type"],
  [{ attribute: "huge", type: "integer" }, "type"],
  [{ attribute: "givenName", type: "boolean" }, "type"],
  [{ attribute: "givenName", type: "time" }, "type"],
  [{ attribute: "givenName", type: "sid" }, "type"],
  [{ attribute: "objectSid", type: "guid" }, "type"],
  [{ attribute: "givenName", pick: "CN" }, "type"],
  ["jpegPhoto", "type"],
  ["long", "size"],
];
for (const [field, why] of misfits) {
  test(`${JSON.stringify(field)} is left out and told: ${why}`, () => {
    const { profile, unfit } = map({ field, other: "sn" });
    assert.deepEqual(profile, { other: "Lovelace" });
    assert.ok(unfit.length > 0 && unfit.every((told) => told === `field ${why}`), unfit.join());
  });
}

test("a value that fits is taken from beside one that does not", () => {
  const entry = new DirectoryEntry("CN=x", [["room", texts("unknown", "12", "13")]]);
  const room = { attribute: "room", type: "integer" } as const;
  assert.deepEqual(map({ room }, entry).profile, { room: 12 });
  assert.deepEqual(map({ room: { ...room, multiple: true } }, entry).profile, { room: [12, 13] });
});

test("the whole profile is bounded, however many fields there are", () => {
  const entry = new DirectoryEntry("CN=x", [["long", texts("x".repeat(7_000))]]);
  const fields = Object.fromEntries(Array.from({ length: 64 }, (_, index) => [`f${index}`, "long"]));
  const { profile, unfit } = map(fields, entry);
  assert.equal(Object.keys(profile).length, 2);
  assert.equal(unfit.length, 62);
});

test("only what is needed is asked for, each once", () => {
  const options = { a: "mail", b: { template: "{givenName} {mail}" }, c: { constant: 1 }, d: "dn" };
  assert.deepEqual(new ProfileMapping(options, () => {}).attributes, ["mail", "givenName"]);
});

test("whatever is in the directory, mapping it neither throws nor yields what JSON cannot hold", () => {
  const options = Object.fromEntries(
    ["text", "integer", "boolean", "time", "sid", "guid", "base64"].map(
      (type) => [type, { attribute: "x", type, multiple: true }] as const,
    ),
  ) as unknown as ProfileOptions;
  const anyValue = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string().map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(anyValue, { maxLength: 5 }), (given) => {
      const entry = new DirectoryEntry("CN=x", [["x", given.map((bytes) => Buffer.from(bytes))]]);
      const all = { ...options, pick: { attribute: "x", pick: "CN", index: "all", multiple: true } as const };
      const { profile } = map(all, entry);
      assert.deepEqual(JSON.parse(JSON.stringify(profile)), profile);
    }),
    { numRuns: 1_000 },
  );
});

test("no template makes an attribute's value into a template", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (value) => {
      const entry = new DirectoryEntry("CN=x", [["a", [Buffer.from(value)]]]);
      const { profile } = map({ f: { template: "<{a}|{a}>" } }, entry);
      const text = Buffer.from(value).toString();
      assert.deepEqual(profile, { f: `<${text}|${text}>` });
    }),
  );
});
