import assert from "node:assert/strict";
import { test } from "node:test";
import { createCachedLogIn } from "../../../../src/gateway/cache/cached-log-in.ts";
import type { CacheRules } from "../../../../src/gateway/cache/cached-name.ts";
import { ConnectionVault } from "../../../../src/gateway/cache/connection-vault.ts";
import { CredentialCache } from "../../../../src/gateway/cache/credential-cache.ts";
import { PasswordHasher } from "../../../../src/gateway/cache/password-hash.ts";
import { Deadline } from "../../../../src/login/deadline.ts";
import type { Identity } from "../../../../src/login/identity.ts";
import { denialReasons, denied, faults, unavailable } from "../../../../src/login/verdict.ts";
import type { DenialReason, Fault, Verdict } from "../../../../src/login/verdict.ts";
import { MemoryStore } from "../../../support/memory-store.ts";
import { corp, passwordAttempt } from "../../../support/memory-system.ts";
import { recordEvents } from "../../../support/recorded-events.ts";

const ada: Identity = {
  subjectId: "7b0c1d4e-0000-4000-8000-000000000001",
  accountName: "ada",
  distinguishedName: "CN=Ada",
  profile: { displayName: "Ada Lovelace" },
  groups: [{ name: "Engineers" }],
  groupsRead: "complete",
};
const accepted: Verdict = { outcome: "accepted", identity: ada };
const outage = unavailable("no_connector");
const ip = "192.0.2.7";

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

interface Setup extends Partial<CacheRules> {
  readonly store?: MemoryStore;
  readonly hasher?: PasswordHasher;
}

function setUp({ store = new MemoryStore(), hasher, ...rules }: Setup = {}) {
  const { events, seen } = recordEvents();
  const clock = { aheadMs: 0 };
  const wallClock = (): number => Date.now() + clock.aheadMs;
  const maxAgeMs = 432_000_000;
  const bucket = store.bucket({ name: "logins", maxAgeMs });
  const vault = new ConnectionVault(corp, {
    bucket,
    maxAgeMs,
    wallClock,
    foreign: () => assert.fail("nobody else writes here"),
  });
  const cache = new CredentialCache(corp, {
    vault,
    rules: { maxAgeMs, names: "exact", excludeGroups: [], ...rules },
    hasher: hasher ?? new PasswordHasher({ atOnceMax: 2, waitingMax: 100 }),
    wallClock,
  });
  let verdict: Verdict = accepted;
  const logIn = createCachedLogIn({
    authenticate: async (attempt) => {
      if (attempt.method === "password") attempt.password.drop();
      return verdict;
    },
    caches: new Map([[corp, cache]]),
    events,
    now: () => performance.now(),
  });
  const told = (): number => seen.filter(({ name }) => /^cache(Written|Purged)$/.test(name)).length;
  return {
    cache,
    clock,
    store,
    seen,
    /** What a directory answers from now on; waits for the cache to have learnt from it where it does. */
    async directorySays(answer: Verdict, name: string, password: string, learns = true): Promise<Verdict> {
      verdict = answer;
      const before = told();
      const end = await logIn(passwordAttempt(name, password), Deadline.after(1_000), { ip, live: false });
      if (learns) await until(() => told() > before);
      return end;
    },
    async inOutage(
      name: string,
      password: string,
      fault: Fault = "no_connector",
      live = false,
    ): Promise<string> {
      verdict = unavailable(fault);
      const end = await logIn(passwordAttempt(name, password), Deadline.after(1_000), { ip, live });
      if (end.outcome !== "accepted") return end.outcome === "unavailable" ? end.fault : end.reason;
      assert.deepEqual(end, { ...accepted, source: "cache" });
      return "accepted";
    },
  };
}

test("while nobody can be asked, who logged in before gets in with the same name and password, and nobody else", async () => {
  const { directorySays, inOutage, seen } = setUp();
  await directorySays(accepted, "ada", "right");
  assert.equal(await inOutage("ada", "right"), "accepted");
  assert.equal(await inOutage("ada", "wrong"), "no_connector");
  assert.equal(await inOutage("ADA", "right"), "no_connector");
  assert.equal(await inOutage("grace", "right"), "no_connector");
  const results = seen
    .filter(({ name }) => name === "cachedLoginEnded")
    .map(({ fields }) => fields["result"]);
  assert.deepEqual(results, ["right", "wrong", "unknown", "unknown"]);
});

test("a name is matched in any case and width where the settings fold names", async () => {
  const { directorySays, inOutage } = setUp({ names: "folded" });
  await directorySays(accepted, "Ada", "right");
  for (const name of ["ada", "ADA", "Ａda"]) assert.equal(await inOutage(name, "right"), "accepted", name);
});

test("a directory that answers, or may have been asked, is not gone around", async () => {
  const { directorySays, inOutage, cache } = setUp();
  await directorySays(accepted, "ada", "right");
  const used = [];
  for (const fault of faults) if ((await inOutage("ada", "right", fault)) === "accepted") used.push(fault);
  assert.deepEqual(used, ["no_connector", "connector_not_ready", "directory_unreachable"]);
  assert.equal(
    await inOutage("ada", "right", "no_connector", true),
    "no_connector",
    "a live login was demanded",
  );
  assert.equal((await directorySays(denied("bad_credentials"), "ada", "wrong", false)).outcome, "denied");
  assert.equal((await cache.check(passwordAttempt("ada", "").accountName, "right")).kind, "right");
});

test("what a directory says of an account ends what is kept, under all of its names", async () => {
  const kept: DenialReason[] = [];
  for (const reason of denialReasons) {
    const { directorySays, inOutage } = setUp();
    await directorySays(accepted, "ada", "right");
    await directorySays(accepted, "ada@example.test", "right");
    const isAboutTheAccount = !["bad_credentials", "logon_hours", "workstation_restricted"].includes(reason);
    await directorySays(denied(reason), "ada", "another", isAboutTheAccount);
    if ((await inOutage("ada@example.test", "right")) === "accepted") kept.push(reason);
  }
  assert.deepEqual(kept, ["bad_credentials", "logon_hours", "workstation_restricted"]);
});

test("a new password counts for every name at once, and the former one ends what is kept", async () => {
  const { directorySays, inOutage } = setUp();
  await directorySays(accepted, "ada", "first");
  await directorySays(accepted, "ada@example.test", "second");
  assert.equal(await inOutage("ada", "first"), "no_connector");
  assert.equal(await inOutage("ada", "second"), "accepted");
  await directorySays(denied("bad_credentials"), "ada", "second");
  assert.equal(await inOutage("ada", "second"), "no_connector");
});

test("administrators are not kept, nor anybody whose groups are not all known", async () => {
  const { directorySays, inOutage } = setUp({ excludeGroups: ["*admins*"] });
  const admin: Verdict = {
    outcome: "accepted",
    identity: { ...ada, groups: [{ name: "Engineers" }, { name: "Domain Admins" }] },
  };
  await directorySays(accepted, "ada", "right");
  assert.equal(await inOutage("ada", "right"), "accepted");
  await directorySays(admin, "ada", "right");
  assert.equal(await inOutage("ada", "right"), "no_connector", "who became one is not kept any more");
  await directorySays(
    { outcome: "accepted", identity: { ...ada, groupsRead: "incomplete" } },
    "ada",
    "right",
  );
  assert.equal(await inOutage("ada", "right"), "no_connector");
});

test("after its age it does not count, whatever the store still has", async () => {
  const { directorySays, inOutage, clock } = setUp({ maxAgeMs: 3_600_000 });
  await directorySays(accepted, "ada", "right");
  clock.aheadMs = 3_590_000;
  assert.equal(await inOutage("ada", "right"), "accepted");
  clock.aheadMs = 3_610_000;
  assert.equal(await inOutage("ada", "right"), "no_connector");
});

test("after ten wrong guesses, at whichever gateway, nothing is compared for a quarter of an hour", async () => {
  const one = setUp();
  const other = setUp({ store: one.store });
  await one.directorySays(accepted, "ada", "right");
  for (let guess = 0; guess < 10; guess += 1)
    await (guess % 2 === 0 ? one : other).inOutage("ada", `guess ${guess}`);
  assert.equal(await other.inOutage("ada", "right"), "no_connector");
  assert.equal(other.seen.at(-1)?.fields["result"], "throttled");
  other.clock.aheadMs = 901_000;
  assert.equal(await other.inOutage("ada", "right"), "accepted");
});

test("many guesses at once are no more than one after the other", async () => {
  const { directorySays, inOutage, seen } = setUp();
  await directorySays(accepted, "ada", "right");
  await Promise.all(Array.from({ length: 40 }, (_, guess) => inOutage("ada", `guess ${guess}`)));
  const results = seen
    .filter(({ name }) => name === "cachedLoginEnded")
    .map(({ fields }) => fields["result"]);
  assert.ok(results.filter((result) => result === "wrong").length <= 10, String(results));
  assert.equal(await inOutage("ada", "right"), "no_connector");
});

test("what is switched off is gone, also when it is switched on again", async () => {
  const { directorySays, inOutage, cache, store } = setUp();
  await directorySays(accepted, "ada", "right");
  assert.equal(await cache.remove(), "destroyed");
  assert.equal(await cache.remove(), "none");
  assert.equal(await inOutage("ada", "right"), "no_connector");
  const again = setUp({ store });
  await again.directorySays(accepted, "grace", "right");
  assert.equal(await again.inOutage("ada", "right"), "no_connector");
});

test("a store that does not answer costs nobody a live login, and lets nobody in", async () => {
  const { directorySays, inOutage, store } = setUp();
  await directorySays(accepted, "ada", "right");
  store.isThere = false;
  assert.deepEqual(await directorySays(accepted, "ada", "right"), accepted);
  assert.equal(await inOutage("ada", "right"), "no_connector");
  assert.deepEqual(await directorySays(outage, "ada", "right", false), outage);
});

test("hashes are made a few at a time, and more than may wait are turned away at once", async () => {
  const hasher = new PasswordHasher({ atOnceMax: 1, waitingMax: 2 });
  const known = await hasher.hash("right");
  assert.ok(known !== "busy");
  const ends = await Promise.all(Array.from({ length: 6 }, () => hasher.matches("right", known)));
  assert.deepEqual(ends, [true, true, true, "busy", "busy", "busy"]);
  assert.equal(await hasher.matches("wrong", known), false);
  assert.equal(await hasher.matches("", undefined), false);
});
