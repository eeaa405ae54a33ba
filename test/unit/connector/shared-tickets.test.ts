import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createSharedTickets, ticketsBucket } from "../../../src/connector/shared-tickets.ts";
import { createAttemptId } from "../../../src/login/attempt.ts";
import { Deadline } from "../../../src/login/deadline.ts";
import { MemoryStore } from "../../support/memory-store.ts";

const attempt = () => createAttemptId(randomBytes);

function replica(store: MemoryStore, whenUnavailable: "refuse" | "accept" = "refuse") {
  let alone = 0;
  const clock = { ms: 0 };
  const tickets = createSharedTickets({
    bucket: store.bucket(ticketsBucket),
    whenUnavailable,
    now: () => clock.ms,
    observe: () => (alone += 1),
  });
  const remember = (ticket: string, id = attempt(), deadlineMs = 3_000) =>
    tickets.remember(ticket, id, Deadline.after(deadlineMs));
  return { remember, clock, alone: () => alone };
}

test("a ticket is new once, at whichever replica it comes first", async () => {
  const store = new MemoryStore();
  const [one, other] = [replica(store), replica(store)];
  assert.equal(await one.remember("a"), "new");
  assert.equal(await one.remember("a"), "known");
  assert.equal(await other.remember("a"), "known");
  assert.equal(await other.remember("b"), "new");
});

test("of two replicas that get one ticket in the same moment, one takes it", async () => {
  const store = new MemoryStore();
  const all = await Promise.all([replica(store), replica(store)].map(({ remember }) => remember("a")));
  assert.deepEqual(all.toSorted(), ["known", "new"]);
});

test("the attempt that brought it may come again, to any replica", async () => {
  const store = new MemoryStore();
  const [one, other] = [replica(store), replica(store)];
  const id = attempt();
  for (const { remember } of [one, other, one, other]) assert.equal(await remember("a", id), "new");
  assert.equal(await other.remember("a"), "known");
});

test("while the store is away the login waits, and goes on when it is back", async () => {
  const store = new MemoryStore();
  const { remember, alone } = replica(store);
  store.isThere = false;
  const waiting = remember("a");
  await new Promise((resolve) => setTimeout(resolve, 120));
  store.isThere = true;
  assert.equal(await waiting, "new");
  assert.equal(alone(), 0);
});

test("a store that stays away lets nobody in, and nobody twice where the settings let them in", async () => {
  const store = new MemoryStore();
  store.isThere = false;
  assert.equal(await replica(store).remember("a", attempt(), 1_200), "unavailable");
  const lenient = replica(store, "accept");
  assert.equal(await lenient.remember("a"), "new");
  assert.equal(lenient.alone(), 1);
  assert.equal(await lenient.remember("a"), "known");
});

test("a replica forgets by itself what no clock would accept any more", async () => {
  const store = new MemoryStore();
  store.isThere = false;
  const { remember, clock } = replica(store, "accept");
  assert.equal(await remember("a"), "new");
  clock.ms = ticketsBucket.maxAgeMs;
  assert.equal(await remember("a"), "known");
  clock.ms += 1;
  assert.equal(await remember("a"), "new");
});
