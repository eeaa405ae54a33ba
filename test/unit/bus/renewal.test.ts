/**
 * New credentials of the bus: tried before they are used, and no reason to lose the connection that stands.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { BusCredentials } from "../../../src/bus/bus-credentials.ts";
import type { BusCredential } from "../../../src/bus/bus-credentials.ts";
import { Renewal } from "../../../src/bus/renewal.ts";
import { Secret } from "../../../src/login/secret.ts";

const [first, second, third] = ["one", "two", "three"].map((seed): BusCredential => ({
  nkeySeed: new Secret(seed),
}));

function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  const credentials = new BusCredentials(first);
  const known = new Set([first]);
  const [tried, told] = [new Array<BusCredential>(), new Array<string>()];
  let reconnects = 0;
  const renewal = new Renewal({
    credentials,
    async probe(credential) {
      tried.push(credential);
      if (!known.has(credential)) throw new Error("Authorization Violation");
    },
    async reconnect() {
      reconnects += 1;
    },
    told: (end) => told.push(end.taken ? "taken" : end.why),
    random: () => 0.5,
  });
  t.after(() => renewal[Symbol.dispose]());
  const pass = async (ms: number): Promise<void> => {
    t.mock.timers.tick(ms);
    await nextTurn();
  };
  return { first, second, third, credentials, known, tried, told, reconnects: () => reconnects, pass };
}

test("what the servers do not know yet is tried again until they do; until then nobody reconnects", async (t) => {
  const { second: next, credentials, known, told, reconnects, pass } = setUp(t);
  credentials.renew(next);
  await pass(1_500);
  await pass(5_000);
  assert.deepEqual([told, reconnects()], [["Authorization Violation", "Authorization Violation"], 0]);
  known.add(next);
  await pass(5_000);
  assert.deepEqual([told.at(-1), reconnects(), credentials.pending], ["taken", 1, false]);
  await pass(60_000);
  assert.equal(told.length, 3);
});

test("a connection that breaks meanwhile is tried with the new and the old in turn", (t) => {
  const { first: old, second: next, credentials } = setUp(t);
  credentials.renew(next);
  const offers = [0, 1, 2, 3].map(() => {
    credentials.nextTry();
    return credentials.offer();
  });
  assert.deepEqual(offers, [old, next, old, next]);
  credentials.offerAccepted();
  assert.equal(credentials.pending, false);
});

test("newer ones that come while some are tried take their place", async (t) => {
  const { second: next, third: newest, credentials, known, tried, told, pass } = setUp(t);
  credentials.renew(next);
  await pass(1_500);
  known.add(newest);
  credentials.renew(newest);
  await pass(1_500);
  await pass(20_000);
  assert.deepEqual([tried, told.at(-1)], [[next, newest], "taken"]);
});
