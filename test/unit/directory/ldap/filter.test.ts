/**
 * Whatever somebody is called, a filter on the wire is the tree that was meant, and each value is one value.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { BerWriter } from "ldapts";
import { accountFilters } from "../../../../src/directory/accounts/account.ts";
import { and, equals, or, present, startsWith } from "../../../../src/directory/ldap/filter.ts";
import type { LdapFilter } from "../../../../src/directory/ldap/filter.ts";
import { wireFilter } from "../../../../src/directory/ldap/wire-filter.ts";
import { presets } from "../../../../src/directory/preset.ts";
import { parseAccountName } from "../../../../src/login/account-name.ts";
import { readElements } from "../../../support/ber.ts";
import type { Element } from "../../../support/ber.ts";

function onTheWire(filter: LdapFilter): Element {
  const writer = new BerWriter();
  wireFilter(filter).write(writer);
  const [element, ...rest] = readElements(Buffer.from(writer.buffer));
  assert.ok(element !== undefined && rest.length === 0);
  return element;
}

/** Read back as the tree that it should be. */
function treeOf({ tag, content, inside }: Element): unknown {
  switch (tag) {
    case 0xa0:
      return { kind: "and", all: inside.map(treeOf) };
    case 0xa1:
      return { kind: "or", any: inside.map(treeOf) };
    case 0xa3: {
      const [attribute, value] = inside;
      assert.equal(inside.length, 2);
      return { kind: "equals", attribute: attribute?.content.toString(), value: value?.content.toString() };
    }
    case 0xa4: {
      const [attribute, parts] = inside;
      assert.equal(inside.length, 2);
      assert.deepEqual(
        parts?.inside.map((part) => part.tag),
        [0x80],
      );
      const value = parts?.inside[0]?.content.toString();
      return { kind: "starts_with", attribute: attribute?.content.toString(), value };
    }
    case 0x87:
      return { kind: "present", attribute: content.toString() };
    default:
      return assert.fail(`no filter has the tag ${tag}`);
  }
}

const hostile = fc.constantFrom(
  "*",
  "(",
  ")",
  "\\",
  "\0",
  "&",
  "|",
  "!",
  "=",
  "\\2a",
  "*)(uid=*",
  "ж",
  "日",
  "😀",
);
const anyText = fc
  .array(fc.oneof(hostile, fc.string({ unit: "binary", maxLength: 8 })), { minLength: 1, maxLength: 40 })
  .map((parts) => parts.join(""))
  // Half a surrogate pair is no text that anything can carry.
  .filter((text) => text !== "" && text.isWellFormed());

test("a filter holds each value as one value, whatever it is made of", () => {
  fc.assert(
    fc.property(anyText, anyText, (one, other) => {
      const filter = and([
        present("objectClass"),
        equals("sAMAccountName", one),
        or([startsWith("cn", other), equals("member", `CN=${one},DC=example,DC=test`)]),
      ]);
      assert.deepEqual(treeOf(onTheWire(filter)), filter);
    }),
    { numRuns: 500 },
  );
});

test("any name that somebody may type searches by that name and nothing else, with every preset", () => {
  fc.assert(
    fc.property(anyText, fc.constantFrom(...Object.values(presets)), (text, preset) => {
      const parsed = parseAccountName(text);
      if (!parsed.ok) return;
      const naming = { preset, implicitSuffixes: new Set<string>() };
      for (const { filter } of accountFilters(parsed.name, naming)) {
        assert.deepEqual(treeOf(onTheWire(filter)), filter);
        assert.ok(filter.kind === "and");
        assert.equal(filter.all.length, preset.isAccount.length + 1);
      }
    }),
    { numRuns: 500 },
  );
});

test("bytes are held as they are", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (array) => {
      const [, value] = onTheWire(equals("objectSid", Buffer.from(array))).inside;
      assert.deepEqual(value?.content, Buffer.from(array));
    }),
  );
});
