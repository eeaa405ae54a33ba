/**
 * Orders of events that no ordinary run shows, each of which once broke a promise: stalls, forgeries and late words between any two
 * messages of a login.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Directory } from "../../../src/login/ports.ts";
import { createFakeDirectory, rightPassword } from "../../support/fake-directory.ts";
import type { FakeDirectory } from "../../support/fake-directory.ts";
import { corp, startMemorySystem } from "../../support/memory-system.ts";
import type { MemorySystem } from "../../support/memory-system.ts";

/** A replica's own view: own hooks and availability, shared counters. */
function view(shared: FakeDirectory, over: Partial<Directory> = {}): FakeDirectory {
  const own: FakeDirectory = Object.create(shared);
  let available = true;
  const listeners = new Set<(c: ReturnType<Directory["controller"]>) => void>();
  const name = shared.controller();
  return Object.assign(own, {
    controller: () => (available ? name : undefined),
    onControllerChange: (l: (c: typeof name) => void) => void listeners.add(l),
    setAvailable(now: boolean) {
      available = now;
      for (const l of listeners) l(now ? name : undefined);
    },
    ...over,
  });
}

function json(payload: Uint8Array) {
  try {
    return JSON.parse(Buffer.from(payload).toString());
  } catch {
    return {};
  }
}

function published(system: MemorySystem, type: string) {
  return system.bus.log.filter(({ payload }) => json(payload).type === type);
}

async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 4000 && !what(); i += 1) await pause(1);
  assert.ok(what(), "never happened");
}

test("somebody in very many groups gets in", async () => {
  const shared = createFakeDirectory(["ada"]);
  const groups = Array.from({ length: 1_500 }, (_, i) => ({
    name: `group-${i}`,
    distinguishedName: `cn=group-${i},dc=example,dc=test`,
    sid: `S-1-5-21-1111111111-2222222222-3333333333-${1000 + i}`,
  }));
  const one = view(shared, {
    readIdentity: async () => ({
      kind: "read",
      identity: {
        subjectId: "x",
        accountName: "ada",
        distinguishedName: "ada",
        profile: {},
        groups,
        groupsRead: "complete",
      },
    }),
  });
  using system = await startMemorySystem([one]);
  const verdict = await system.login("ada", rightPassword, 3_000);
  assert.equal(verdict.outcome, "accepted", JSON.stringify(verdict));
});

test("a second announce at a stalled replica does not give its first grant a new window", async () => {
  const shared = createFakeDirectory(["ada"]);
  const [one, two] = [view(shared), view(shared)];
  two.setAvailable(false);
  using system = await startMemorySystem([one, two]);
  assert.equal((await system.login("ada", rightPassword)).outcome, "accepted"); // session stands
  const [stalled] = system.replicas;
  assert.ok(stalled);
  const [claims, announces, sealed] = ["claim", "announce", "sealed"].map(
    (t) => published(system, t).length,
  ) as [number, number, number];
  system.gatewayBus.hold();
  const verdict = system.login("ada", "wrong");
  await until(() => published(system, "claim").length === claims + 1);
  stalled.bus.hold(); // from here on nothing reaches the first replica
  await until(() => published(system, "announce").length === announces + 2);
  system.gatewayBus.release(); // the first claim arrives; it is granted
  await until(() => published(system, "sealed").length === sealed + 1);
  two.setAvailable(true);
  assert.deepEqual(await verdict, { outcome: "denied", reason: "bad_credentials" });
  assert.equal(shared.failures.get("ada"), 1);
  await pause(100); // more than 600 ms after the claim by now
  stalled.bus.release();
  await pause(200);
  assert.equal(shared.failures.get("ada"), 1, "the wrong password was bound twice");
});

test("a claim forged in a stalled replica's name gives it no later window", async () => {
  const shared = createFakeDirectory(["ada"]);
  const [one, two] = [view(shared), view(shared)];
  two.setAvailable(false);
  using system = await startMemorySystem([one, two]);
  assert.equal((await system.login("ada", rightPassword)).outcome, "accepted");
  const [stalled] = system.replicas;
  assert.ok(stalled);
  const claim = json(published(system, "claim").at(-1)?.payload ?? new Uint8Array());
  const announces = published(system, "announce").length;
  const stranger = system.bus.connect();
  stalled.bus.hold();
  const verdict = system.login("ada", "wrong");
  await until(() => published(system, "announce").length > announces);
  const announce = published(system, "announce").at(-1);
  assert.ok(announce?.reply);
  const { attempt } = json(announce.payload);
  stranger.publish(announce.reply, Buffer.from(JSON.stringify({ ...claim, attempt })));
  await pause(50);
  two.setAvailable(true);
  assert.deepEqual(await verdict, { outcome: "denied", reason: "bad_credentials" });
  stalled.bus.release();
  await pause(200);
  assert.equal(shared.failures.get("ada"), 1, "the wrong password was bound twice");
});

test("forged no-responders notices do not have a bind that is under way sent again", async () => {
  const shared = createFakeDirectory(["ada"]);
  const slow = Promise.withResolvers<void>();
  let first = true;
  shared.beforeBind = () => {
    if (!first) return undefined;
    first = false;
    return slow.promise;
  };
  using system = await startMemorySystem([view(shared), view(shared)]);
  await pause(300);
  const stranger = system.bus.connect();
  const verdict = system.login("ada", "wrong");
  await until(() => shared.binds === 1);
  const announce = published(system, "announce").at(-1);
  const reply = announce?.reply?.replace(/announce$/, "grant") ?? "";
  const forging = setInterval(() => stranger.publish(reply, new Uint8Array()), 5);
  await pause(900); // the controller takes this long
  slow.resolve();
  await verdict;
  clearInterval(forging);
  await pause(50);
  assert.equal(shared.failures.get("ada"), 1, "the wrong password was bound twice");
});

test("a fault of a replica that was given up does not end a login that another one works on", async () => {
  const shared = createFakeDirectory(["ada"]);
  const [late, slow] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const one = view(shared, {
    findAccount: async (...args) => (await late.promise, shared.findAccount(...args)),
    bind: async () => ({ kind: "refused", fault: "directory_refused" }),
  });
  const two = view(shared, { bind: async () => (await slow.promise, { kind: "accepted" }) });
  two.setAvailable(false);
  using system = await startMemorySystem([one, two]);
  await system.login("nobody", "x", 1).catch(() => undefined);
  await pause(300);
  const sealed = published(system, "sealed").length;
  const verdict = system.login("ada", rightPassword);
  await until(() => published(system, "sealed").length > sealed);
  const [stalled] = system.replicas;
  stalled?.bus.hold();
  // its `working` messages are lost as well
  const publish = stalled?.bus.publish;
  if (stalled) stalled.bus.publish = () => true;
  two.setAvailable(true);
  await pause(900);
  if (stalled && publish) stalled.bus.publish = publish;
  late.resolve();
  await pause(50);
  slow.resolve();
  assert.equal((await verdict).outcome, "accepted");
});

test("a login ends by its deadline also while a handshake hangs", async () => {
  const shared = createFakeDirectory(["ada"]);
  using system = await startMemorySystem([view(shared)]);
  const stranger = system.bus.connect();
  const [first] = system.replicas;
  first?.bus.hold();
  await pause(10);
  const verdict = system.login("ada", rightPassword, 300);
  await until(() => published(system, "announce").length > 0);
  const announce = published(system, "announce").at(-1);
  const { attempt } = json(announce?.payload ?? new Uint8Array());
  const replica = "A".repeat(16);
  stranger.subscribe(`drawbridge.v1.${corp}.replica.${replica}.1`, { onMessage: () => undefined });
  stranger.publish(
    announce?.reply ?? "",
    Buffer.from(
      JSON.stringify({
        v: 1,
        type: "claim",
        attempt,
        id: "A".repeat(22),
        replica,
        inbox: `drawbridge.v1.${corp}.replica.${replica}.1`,
        certificate: "A".repeat(22),
        controller: "dc1:636",
        freeSlots: 1,
      }),
    ),
  );
  assert.deepEqual(await verdict, { outcome: "unavailable", fault: "deadline_exceeded" });
  const happened = new Set(system.seen.map(({ name }) => name));
  assert.ok(happened.has("claimReceived"), "the claim was not believed: the test tested nothing");
  assert.ok(!happened.has("sessionRefused"), "the handshake was waited for");
});

test("a replica that was out of sight for a moment and still works is waited for", async () => {
  const shared = createFakeDirectory(["ada"]);
  const slow = Promise.withResolvers<void>();
  shared.beforeBind = () => slow.promise;
  using system = await startMemorySystem([view(shared)]);
  const verdict = system.login("ada", rightPassword, 8_000);
  await until(() => shared.binds === 1);
  const [one] = system.replicas;
  assert.ok(one);
  const publish = one.bus.publish;
  one.bus.hold();
  one.bus.publish = () => true;
  await pause(700);
  one.bus.publish = publish;
  one.bus.release();
  setTimeout(slow.resolve, 2_300);
  const end = await verdict;
  assert.equal(end.outcome, "accepted", JSON.stringify(end));
});

test("two silent grants with different controllers: the later bind is not forgotten", async () => {
  type Name = NonNullable<ReturnType<Directory["controller"]>>;
  const [c1, c2] = ["dc1.example.test:636", "dc2.example.test:636"] as [Name, Name];
  const counted: Record<string, number> = { [c1]: 0, [c2]: 0 };
  const running: { system?: MemorySystem } = {};
  // As on Active Directory: each controller has a failure time of its own, and a clock.
  const on = (
    index: number,
    controller: Name,
    isDc1Down: boolean,
    die: (i: number) => void,
    counts: boolean,
  ): FakeDirectory => {
    const shared = createFakeDirectory(["ada"]);
    const own = view(shared, {
      findAccount: async () => ({
        kind: "found",
        account: { controller, distinguishedName: "ada", marker: String(counted[controller]) as never },
      }),
      checkSuspicion: async (_, { controller: where, marker }) => {
        const asked = where === c1 && isDc1Down ? controller : where;
        const before = marker === undefined || asked !== where ? "0" : marker;
        return { kind: String(counted[asked]) === before ? "unmoved" : "moved" };
      },
      bind: async (account, _password, context) => {
        if (index === 1) die(index);
        const permission = await context.permitBind({
          controller,
          ...(account.marker === undefined ? {} : { marker: account.marker }),
          confirm: false,
        });
        if (permission === "expired") return { kind: "not_sent", why: "expired" };
        if (counts) counted[controller] = (counted[controller] ?? 0) + 1;
        if (index === 0) setTimeout(die, 20, 0);
        return index === 2 ? { kind: "denied", reason: "bad_credentials" } : new Promise(() => undefined);
      },
    });
    return Object.assign(own, { controller: () => (available[index] ? controller : undefined) });
  };
  const available = [true, false, false];
  const ready: (() => void)[] = [];
  const die = (index: number): void => {
    const replica = running.system?.replicas[index];
    if (replica) Object.assign(replica.bus, { publish: () => true });
    replica?.bus.hold();
    available[index] = false;
    available[index + 1] = true;
    ready[index + 1]?.();
  };
  const all = [on(0, c1, false, die, false), on(1, c2, true, die, true), on(2, c1, false, die, true)];
  all.forEach((directory, index) => {
    directory.onControllerChange = (listener) => void (ready[index] = () => listener(directory.controller()));
  });
  using system = await startMemorySystem(all);
  running.system = system;
  await system.login("ada", "wrong", 8_000);
  assert.ok((counted[c1] ?? 0) + (counted[c2] ?? 0) <= 1, "the wrong password was bound twice");
});

test("the only replica dies after its bind: nobody can tell whether it counted, and it does not read as if nobody had been asked", async () => {
  const shared = createFakeDirectory(["ada"]);
  const running: { system?: MemorySystem } = {};
  let binds = 0;
  const only = view(shared, {
    bind: async (account, _password, context) => {
      const controller = only.controller();
      if (controller === undefined || account.marker === undefined) throw new Error("a controller is there");
      await context.permitBind({ controller, marker: account.marker, confirm: false });
      binds += 1;
      const [replica] = running.system?.replicas ?? [];
      replica?.bus.hold();
      if (replica !== undefined) Object.assign(replica.bus, { publish: () => true });
      return new Promise(() => undefined);
    },
  });
  using system = await startMemorySystem([only]);
  running.system = system;
  // Whoever may ask again after this fault, asks about a wrong password twice.
  assert.deepEqual(await system.login("ada", "wrong", 8_000), {
    outcome: "unavailable",
    fault: "bind_unresolved",
  });
  assert.equal(binds, 1);
});
