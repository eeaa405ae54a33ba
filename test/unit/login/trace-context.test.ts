/**
 * What is taken for the place in a trace: the standard's 55 characters, and nothing else.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { formatTraceparent, parseTraceparent } from "../../../src/login/trace-context.ts";

const hex = (bytes: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .filter((id) => id.some((byte) => byte !== 0))
    .map((id) => Buffer.from(id).toString("hex"));
const contexts = fc.record(
  { traceId: hex(16), spanId: hex(8), sampled: fc.boolean() },
  { noNullPrototype: true },
);

test("what is written is read", () => {
  fc.assert(
    fc.property(contexts, (context) => {
      const text = formatTraceparent(context);
      assert.equal(text.length, 55);
      assert.deepEqual(parseTraceparent(text), context);
    }),
  );
});

test("with one character more, less or other than the standard has, it is nothing", () => {
  const foreign = fc.constantFrom(..."gABCDEF -_.\n\u0000é".split(""));
  fc.assert(
    fc.property(contexts, fc.nat({ max: 54 }), foreign, (context, at, character) => {
      const text = formatTraceparent(context);
      for (const broken of [
        text.slice(0, at) + character + text.slice(at + 1),
        text.slice(0, at) + text.slice(at + 1),
        text.slice(0, at) + character + text.slice(at),
        `${text}-${"a".repeat(at)}`,
        `${text}, ${text}`,
      ].filter((changed) => changed !== text))
        assert.equal(parseTraceparent(broken), undefined, JSON.stringify(broken));
    }),
  );
});

test("of the flags, only whether the trace is kept is read", () => {
  const ids = `${"a".repeat(32)}-${"b".repeat(16)}`;
  assert.equal(parseTraceparent(`00-${ids}-03`)?.sampled, true);
  assert.equal(parseTraceparent(`00-${ids}-fe`)?.sampled, false);
});
