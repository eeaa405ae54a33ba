/**
 * The border of the bus: whatever arrives is either a message of version 1 or refused with a reason, never an exception.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { z } from "zod";
import {
  encodeMessage,
  onGatewayInbox,
  onHeartbeatSubject,
  onLoginSubject,
  onReplicaInbox,
  onReportSubject,
  parseMessage,
} from "../../../src/protocol/messages.ts";
import { bodyToGateway, bodyToReplica } from "../../../src/protocol/sealed-bodies.ts";

const schemas = {
  onLoginSubject,
  onReplicaInbox,
  onGatewayInbox,
  onHeartbeatSubject,
  onReportSubject,
  bodyToReplica,
  bodyToGateway,
};
const fixtures = JSON.parse(
  readFileSync(join(import.meta.dirname, "..", "..", "fixtures", "wire-v1.json"), "utf8"),
) as Readonly<Record<keyof typeof schemas, readonly unknown[]>>;

for (const [name, schema] of Object.entries(schemas)) {
  test(`every recorded v1 message is still understood: ${name}`, () => {
    const recorded = fixtures[name as keyof typeof schemas];
    assert.ok(recorded.length > 0);
    for (const message of recorded) {
      const parsed = parseMessage(schema as typeof onReplicaInbox, Buffer.from(JSON.stringify(message)));
      assert.ok(parsed.ok, `refused: ${JSON.stringify(message)}`);
    }
  });

  test(`a recorded message with one field missing, added or of another version is refused: ${name}`, () => {
    for (const message of fixtures[name as keyof typeof schemas] as readonly Record<string, unknown>[]) {
      const added = { ...message, extra: 1 };
      const otherVersion = { ...message, v: 2 };
      const unnamed = Object.fromEntries(Object.entries(message).filter(([key]) => key !== "type"));
      for (const broken of [added, unnamed, ...("v" in message ? [otherVersion] : [])]) {
        assert.equal(schema.safeParse(broken).success, false, JSON.stringify(broken));
      }
    }
  });

  test(`garbage is refused, never thrown: ${name}`, () => {
    const refuses = (payload: Uint8Array): void => {
      assert.equal(parseMessage(schema as typeof onReplicaInbox, payload).ok, false);
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), refuses));
    fc.assert(fc.property(fc.json(), (text) => refuses(Buffer.from(text))));
    refuses(Buffer.alloc(70_000, "["));
    refuses(Buffer.from("[".repeat(60_000)));
    refuses(Buffer.from('{"__proto__":{"v":1},"type":"announce"}'));
  });
}

test("an encoded message parses to itself", () => {
  const message = fixtures.onLoginSubject[0] as Parameters<typeof encodeMessage>[0];
  assert.deepEqual(parseMessage(onLoginSubject, encodeMessage(message)), { ok: true, message });
});

test("a grant whose name no directory accepts is refused before anybody searches for it", () => {
  const [grant] = fixtures.bodyToReplica as readonly Record<string, unknown>[];
  assert.equal(bodyToReplica.safeParse({ ...grant, accountName: "ada\u0000" }).success, false);
  assert.equal(bodyToReplica.safeParse({ ...grant, password: "" }).success, false);
});

test("a grant's trace is one of the standard's, to the letter, or the grant is refused", () => {
  const [grant] = fixtures.bodyToReplica as readonly Record<string, unknown>[];
  assert.match(String(grant?.["traceparent"]), /^.{55}$/);
  for (const broken of [
    "",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
    "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
  ])
    assert.equal(bodyToReplica.safeParse({ ...grant, traceparent: broken }).success, false, broken);
});

test("a box is what the schema library itself takes for base64url", () => {
  const attempt = "AAECAwQFBgcICQoLDA0ODw";
  const sealed = { v: 1, type: "sealed", attempt, session: attempt, n: 0 };
  const text = fc.string({ unit: fc.constantFrom(..."AZaz09-_+/= \n".split("")), maxLength: 12 });
  const almost = fc.string({ unit: fc.constantFrom(..."AZaz09-_".split("")), maxLength: 12 });
  fc.assert(
    fc.property(fc.oneof(text, almost), (box) => {
      const parsed = parseMessage(onReplicaInbox, encodeMessage({ ...sealed, box } as never));
      assert.equal(parsed.ok, z.base64url().safeParse(box).success);
    }),
    { numRuns: 1_000 },
  );
});
