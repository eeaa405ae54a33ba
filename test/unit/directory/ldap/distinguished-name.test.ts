import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  dnsDomainOf,
  formatDistinguishedName,
  isBelow,
  keyOf,
  parseDistinguishedName,
} from "../../../../src/directory/ldap/distinguished-name.ts";
import type { DistinguishedName } from "../../../../src/directory/ldap/distinguished-name.ts";

function parsed(text: string): DistinguishedName {
  const name = parseDistinguishedName(text);
  assert.ok(name !== undefined, `not a name: ${text}`);
  return name;
}

const hostile = fc.constantFrom(...' ,+"\\<>;=#\0/*()aé日🔑'.split(""), "\\,", "  ", "\u{1f511}");
const value = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.array(hostile, { maxLength: 12 }).map((all) => all.join("").toWellFormed()),
);
const attribute = fc.constantFrom("CN", "ou", "DC", "uid", "2.5.4.3");
const name = fc.array(
  fc.array(fc.record({ attribute, value }, { noNullPrototype: true }), { minLength: 1, maxLength: 3 }),
  {
    maxLength: 6,
  },
);

test("any name survives being written and read", () => {
  fc.assert(fc.property(name, (dn) => assert.deepEqual(parsed(formatDistinguishedName(dn)), dn)));
});

test("whatever a value holds, it changes no other part of the name", () => {
  fc.assert(
    fc.property(value, (text) => {
      const dn = [[{ attribute: "CN", value: text }], [{ attribute: "DC", value: "test" }]];
      const again = parsed(formatDistinguishedName(dn));
      assert.equal(again.length, 2);
      assert.equal(dnsDomainOf(again), "test");
    }),
  );
});

test("any text is a name or is not, and never anything else", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const read = parseDistinguishedName(text);
      if (read !== undefined) assert.deepEqual(parsed(formatDistinguishedName(read)), read);
    }),
  );
});

type Reading = readonly [text: string, parts: readonly (readonly [attribute: string, value: string])[]];
const readings: readonly Reading[] = [
  [
    "CN=Ada Lovelace,OU=People,DC=example,DC=test",
    [
      ["CN", "Ada Lovelace"],
      ["OU", "People"],
      ["DC", "example"],
      ["DC", "test"],
    ],
  ],
  [
    String.raw`CN=Smith\, John (Ops) \\ \#1,DC=test`,
    [
      ["CN", String.raw`Smith, John (Ops) \ #1`],
      ["DC", "test"],
    ],
  ],
  [String.raw`CN=\#lead \+plus\;semi\<lt\"q\"/slash`, [["CN", '#lead +plus;semi<lt"q"/slash']]],
  [String.raw`CN=Lu\C4\8Di\C4\87`, [["CN", "Lučić"]]],
  [String.raw`CN=Before\0DAfter`, [["CN", "Before\rAfter"]]],
  ["1.3.6.1.4.1.1466.0=#04024869", [["1.3.6.1.4.1.1466.0", "Hi"]]],
  [
    "CN = spaced  ,  DC = test ",
    [
      ["CN", "spaced"],
      ["DC", "test"],
    ],
  ],
  [String.raw`CN=\ both\ `, [["CN", " both "]]],
  ["CN=a=b", [["CN", "a=b"]]],
  ["CN=", [["CN", ""]]],
  ["", []],
];
for (const [text, parts] of readings) {
  test(`«${text}» is read as RFC 4514 says`, () => {
    assert.deepEqual(
      parsed(text).map(([assertion]) => [assertion?.attribute, assertion?.value]),
      parts,
    );
  });
}

test("what is no name is not read as one", () => {
  for (const text of [
    "ada",
    "CN",
    "=a",
    "CN=a,",
    "CN=a,,DC=b",
    "CN=a;DC=b",
    'CN=a"b',
    "C N=a",
    "CN=a\\",
    "CN=\\zz",
    "CN=#0",
    "CN=#300102",
    "CN=\\C4",
    "CN=a+",
  ]) {
    assert.equal(parseDistinguishedName(text), undefined, text);
  }
});

test("somebody is below a base however it is spelled, and not below one that only looks like it", () => {
  const base = parsed("OU=People,DC=Example,DC=test");
  for (const text of [
    "ou=people,dc=example,dc=test",
    "CN=Ada,OU=PEOPLE , dc=example,dc=test",
    String.raw`CN=x,OU=\50eople,DC=example,DC=test`,
  ]) {
    assert.ok(isBelow(parsed(text), base), text);
  }
  for (const text of [
    "DC=example,DC=test",
    "CN=Ada,OU=Other,DC=example,DC=test",
    String.raw`CN=Ada\,OU=People,DC=example,DC=test`,
    "CN=Ada,OU=People,DC=example,DC=test,DC=org",
  ]) {
    assert.ok(!isBelow(parsed(text), base), text);
  }
});

test("the order of a part's assertions does not matter, that of the parts does", () => {
  assert.equal(keyOf(parsed("CN=a+UID=b,DC=c")), keyOf(parsed("uid=B+cn=A,dc=C")));
  assert.notEqual(keyOf(parsed("CN=a,DC=c")), keyOf(parsed("DC=c,CN=a")));
});

test("the domain is the end of the name", () => {
  assert.equal(dnsDomainOf(parsed("OU=People,DC=corp,DC=example,DC=com")), "corp.example.com");
  assert.equal(dnsDomainOf(parsed("O=Example,C=DE")), "");
  assert.equal(dnsDomainOf(parsed("DC=not,O=Example,DC=com")), "com");
});
