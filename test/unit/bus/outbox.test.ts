/**
 * What is published in one turn of the event loop, and when it goes.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Outbox } from "../../../src/bus/outbox.ts";

const payload = new Uint8Array(1);

function outbox(): { readonly box: Outbox; readonly sent: string[][] } {
  const sent: string[][] = [];
  return { box: new Outbox((messages) => sent.push(messages.map(({ subject }) => subject))), sent };
}

test("messages of one turn go together, in their order", async () => {
  const { box, sent } = outbox();
  for (const subject of ["a", "b", "c"]) box.put({ subject, payload, reply: undefined });
  assert.deepEqual(sent, []);
  await nextTurn();
  assert.deepEqual(sent, [["a", "b", "c"]]);
});

test("a message is sent before what waits for its turn after it", async () => {
  const { box, sent } = outbox();
  for (const subject of ["first", "second"]) {
    box.put({ subject, payload, reply: undefined });
    await nextTurn();
    assert.deepEqual(sent.at(-1), [subject]);
  }
});

test("one put while the others are sent goes in the next turn", async () => {
  const sent: string[] = [];
  const box: Outbox = new Outbox((messages) => {
    for (const { subject } of messages) {
      sent.push(subject);
      if (subject === "asks") box.put({ subject: "answers", payload, reply: undefined });
    }
  });
  box.put({ subject: "asks", payload, reply: undefined });
  await nextTurn();
  assert.deepEqual(sent, ["asks"]);
  await nextTurn();
  assert.deepEqual(sent, ["asks", "answers"]);
});

test("emptied early, nothing is sent twice", async () => {
  const { box, sent } = outbox();
  box.put({ subject: "a", payload, reply: undefined });
  box.empty();
  await nextTurn();
  assert.deepEqual(sent, [["a"]]);
});
