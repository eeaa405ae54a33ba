/**
 * Two gateways that share a store, in front of an account that locks at the fifth wrong password.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { AccountBudgets } from "../../../../src/gateway/throttle/account-budgets.ts";
import { createThrottle } from "../../../../src/gateway/throttle/throttle.ts";
import type { Throttle } from "../../../../src/gateway/throttle/throttle.ts";
import { throttledLogins } from "../../../../src/gateway/throttle/throttled-requests.ts";
import type { AuthenticateFrom } from "../../../../src/gateway/throttle/throttled-requests.ts";
import type { Attempt } from "../../../../src/login/attempt.ts";
import { Deadline } from "../../../../src/login/deadline.ts";
import type { Standing } from "../../../../src/login/standing.ts";
import { denied, unavailable } from "../../../../src/login/verdict.ts";
import type { Fault, Verdict } from "../../../../src/login/verdict.ts";
import type { Store } from "../../../../src/protocol/store-port.ts";
import { MemoryStore } from "../../../support/memory-store.ts";
import { passwordAttempt } from "../../../support/memory-system.ts";
import { recordEvents } from "../../../support/recorded-events.ts";

const threshold = 5;
const right = "Enchantress-of-1843";
const spellings: ReadonlyMap<string, string> = new Map([
  ["ada", "ada"],
  ["EXAMPLE\\ada", "ada"],
  ["ada@example.test", "ada"],
  ["àda", "ada"],
  ["grace", "grace"],
]);

const identity = {
  subjectId: "7b0c1d4e-0000-4000-8000-000000000001",
  accountName: "ada",
  distinguishedName: "CN=ada",
  profile: {},
  groups: [],
  groupsRead: "complete",
} as const;

/** Counts as directories do. */
class CountingDirectory {
  readonly failures = new Map<string, number>();
  readonly tried: string[] = [];
  passwordTime = "1";
  rightPassword = right;
  lookups = 0;
  fault: Fault | undefined;

  lookUp = async (_: unknown, { text }: { readonly text: string }): Promise<Standing | Fault> => {
    this.lookups += 1;
    if (this.fault !== undefined) return this.fault;
    const account = spellings.get(text);
    return {
      account: account ?? `nobody ${text}`,
      failures: this.failures.get(account ?? "") ?? 0,
      passwordTime: account === undefined ? "" : this.passwordTime,
      lockout: { threshold, windowMs: 1_800_000 },
    };
  };

  authenticate = async (attempt: Attempt): Promise<Verdict> => {
    assert.ok(attempt.method === "password");
    const password = attempt.password.reveal();
    this.tried.push(password);
    await new Promise(setImmediate);
    if (this.fault !== undefined) return unavailable(this.fault);
    const account = spellings.get(attempt.accountName.text);
    if (account === undefined) return denied("unknown_account");
    const failures = this.failures.get(account) ?? 0;
    if (failures >= threshold) return denied("account_locked");
    if (password !== this.rightPassword) {
      this.failures.set(account, failures + 1);
      return denied("bad_credentials");
    }
    this.failures.set(account, 0);
    return { outcome: "accepted", identity };
  };
}

interface Gateways {
  readonly directory: CountingDirectory;
  readonly store: MemoryStore;
  /** One of the two, in turns. */
  login(name: string, password: string, ip: string): Promise<string>;
  readonly told: readonly string[];
}

function gateways(shared: Store | undefined | "memory" = "memory", addressFailures = 1_000): Gateways {
  const [directory, store] = [new CountingDirectory(), new MemoryStore()];
  const digestKey = randomBytes(32);
  const { events, seen } = recordEvents();
  const [now, wallClock] = [() => performance.now(), Date.now];
  const limits = {
    accountGuesses: 8,
    accountWindowMs: 900_000,
    longestGuessMs: 70_000,
    addressFailures,
    networkFailures: 4 * addressFailures,
    sourceWindowMs: 900_000,
  };
  const all = [1, 2].map((): AuthenticateFrom => {
    const throttle: Throttle = createThrottle({
      store: shared === "memory" ? store : shared,
      lookUp: directory.lookUp,
      digestKey: () => digestKey,
      limits,
      events,
      now,
      wallClock,
    });
    return throttledLogins(throttle, directory.authenticate, { events, now });
  });
  let turn = 0;
  return {
    directory,
    store,
    get told() {
      return seen.map(({ name }) => name);
    },
    async login(name, password, ip) {
      turn += 1;
      const gateway = all[turn % 2];
      assert.ok(gateway !== undefined);
      const verdict = await gateway(passwordAttempt(name, password), Deadline.after(5_000), ip);
      switch (verdict.outcome) {
        case "accepted":
          return "accepted";
        case "denied":
          return verdict.reason;
        case "unavailable":
          return verdict.fault;
      }
    },
  };
}

const home = "203.0.113.7";
const addressOf = (n: number): string => `198.51.${Math.floor(n / 250)}.${n % 250}`;

test("a flood of guesses from many addresses through two gateways stops short of the lockout", async () => {
  const { login, directory } = gateways();
  assert.equal(await login("ada", right, home), "accepted");
  const ends = await Promise.all(
    Array.from({ length: 300 }, (_, n) => login("ada", `guess ${n}`, addressOf(n))),
  );
  assert.equal(directory.failures.get("ada"), threshold - 2);
  assert.equal(ends.filter((end) => end === "throttled").length, 300 - (threshold - 2));
  assert.equal(await login("ada", right, addressOf(400)), "throttled");
  assert.equal(await login("ada", right, home), "accepted", "the owner, from where they always come");
  assert.equal(directory.failures.get("ada"), 0);
});

test("all spellings of a name share one budget", async () => {
  const { login, directory } = gateways();
  const names = ["ada", "EXAMPLE\\ada", "ada@example.test", "àda"];
  await Promise.all(
    Array.from({ length: 40 }, (_, n) => login(names[n % 4] ?? "", `guess ${n}`, addressOf(n))),
  );
  assert.equal(directory.failures.get("ada"), threshold - 2);
});

test("a flood from where the owner comes from too does not lock the account either", async () => {
  const { login, directory } = gateways();
  await login("ada", right, home);
  await Promise.all(Array.from({ length: 50 }, (_, n) => login("ada", `guess ${n}`, home)));
  assert.ok((directory.failures.get("ada") ?? 0) < threshold);
});

test("the same wrong password counts once, however often and wherever it is typed", async () => {
  const system = gateways();
  const { login, directory } = system;
  for (let n = 0; n < 20; n += 1) {
    assert.equal(await login("ada", "Spring-2026", addressOf(n)), "bad_credentials");
  }
  assert.equal(directory.failures.get("ada"), 1);
  assert.equal(system.told.filter((event) => event === "passwordRepeated").length, 19);
  assert.equal(await login("ada", right, addressOf(21)), "accepted");
});

test("a password that was wrong is tried again once it has become the right one", async () => {
  const { login, directory } = gateways();
  assert.equal(await login("ada", "New-Passw0rd", home), "bad_credentials");
  [directory.rightPassword, directory.passwordTime] = ["New-Passw0rd", "2"];
  assert.equal(await login("ada", "New-Passw0rd", home), "accepted");
});

test("a name that nobody has is throttled after as many guesses as one that somebody has", async () => {
  const { login } = gateways();
  const endsOf = (name: string): Promise<readonly string[]> =>
    Array.fromAsync({ length: 8 }, (_, n) => login(name, `guess ${n}`, addressOf(n)));
  const [known, unknown] = [await endsOf("grace"), await endsOf("nobody")];
  assert.deepEqual(
    unknown.map((end) => (end === "unknown_account" ? "bad_credentials" : end)),
    known,
  );
});

test("guessing one password at many accounts stops at the source", async () => {
  const { login, directory } = gateways("memory", 10);
  const ends: string[] = [];
  for (let n = 0; n < 14; n += 1) ends.push(await login(`nobody ${n}`, "Spring-2026", addressOf(7)));
  assert.deepEqual(ends.slice(10), ["throttled", "throttled", "throttled", "throttled"]);
  assert.equal(directory.tried.length, 10);
  assert.equal(await login("ada", right, addressOf(8)), "accepted", "an address beside it");
});

test("a network whose addresses take turns is stopped as well, and its owners' familiar sources are not", async () => {
  const { login } = gateways("memory", 10);
  assert.equal(await login("ada", right, "198.51.0.200"), "accepted");
  for (let n = 0; n < 40; n += 1) await login(`nobody ${n}`, "Spring-2026", addressOf(n));
  assert.equal(await login("grace", right, addressOf(100)), "throttled");
  assert.equal(await login("ada", right, "198.51.0.200"), "accepted");
});

for (const [how, shared] of [
  ["is away", "memory"],
  ["is not configured", undefined],
] as const) {
  test(`while the store ${how}, each gateway counts for itself, and the directory's own count holds`, async () => {
    const { login, directory, store } = gateways(shared);
    store.isThere = false;
    await Promise.all(Array.from({ length: 40 }, (_, n) => login("ada", `guess ${n}`, addressOf(n))));
    for (let n = 0; n < 40; n += 1) await login("ada", `another ${n}`, addressOf(n));
    assert.ok((directory.failures.get("ada") ?? 0) < threshold);
    assert.equal(await login("grace", right, home), "accepted");
    assert.equal(await login("grace", "a slip", home), "bad_credentials");
    assert.equal(await login("grace", right, home), "accepted");
  });
}

test("while the store can be read and not written, no account is locked either", async () => {
  const store = new MemoryStore();
  const refuse = async () => ({ kind: "unavailable" }) as const;
  const { login, directory } = gateways({
    bucket: (options) => ({ ...store.bucket(options), put: refuse, create: refuse, update: refuse }),
  });
  await Promise.all(Array.from({ length: 40 }, (_, n) => login("ada", `guess ${n}`, addressOf(n))));
  assert.ok((directory.failures.get("ada") ?? 0) < threshold);
});

test("while nobody is there to ask, a login ends as it would have ended", async () => {
  const { login, directory } = gateways();
  directory.fault = "no_connector";
  for (let n = 0; n < 20; n += 1) assert.equal(await login("ada", right, home), "no_connector");
  directory.fault = undefined;
  assert.equal(await login("ada", right, home), "accepted");
});

test("an account that is not known for a reason of ours is not guessed at", async () => {
  const { login, directory } = gateways();
  directory.fault = "connector_busy";
  assert.equal(await login("ada", right, home), "connector_busy");
  assert.deepEqual(directory.tried, []);
});

test("whoever always comes from one place costs no lookup", async () => {
  const { login, directory } = gateways();
  for (let n = 0; n < 4; n += 1) await login("ada", right, home);
  const { lookups } = directory;
  for (let n = 0; n < 10; n += 1) assert.equal(await login("ada", right, home), "accepted");
  assert.equal(directory.lookups, lookups);
});

test("a password that was tried is not in what is shared", async () => {
  const [store, written]: [MemoryStore, string[]] = [new MemoryStore(), []];
  const note = (value: Uint8Array): void => void written.push(Buffer.from(value).toString());
  const { login } = gateways({
    bucket(options) {
      const inner = store.bucket(options);
      return {
        ...inner,
        create: (key, value, deadline) => (note(value), inner.create(key, value, deadline)),
        update: (key, value, ...rest) => (note(value), inner.update(key, value, ...rest)),
      };
    },
  });
  await login("ada", "Spring-2026", home);
  await login("ada", right, home);
  assert.ok(written.some((text) => text.includes('"wrong"')));
  for (const text of written) assert.doesNotMatch(text, /Spring|Enchantress/);
});

test("a login that ends while the store is away is not held against its owner when the store is back", async () => {
  const { store, bucket, budgets, guess, standing } = oneAccount();
  assert.equal(await budgets.reserve(guess, standing, await budgets.read("ada")), "reserved");
  store.isThere = false;
  await budgets.settle("ada", guess, "right");
  store.isThere = true;
  const giveUpAt = performance.now() + 30_000;
  let left: unknown;
  do {
    assert.ok(performance.now() < giveUpAt, `still there: ${JSON.stringify(left)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const found = await bucket.get("ada", Deadline.after(5_000));
    left = found.kind === "found" ? JSON.parse(Buffer.from(found.value).toString("utf8")).guesses : [];
  } while (!Array.isArray(left) || left.length > 0);
});

function oneAccount() {
  const store = new MemoryStore();
  const bucket = store.bucket({ name: "throttle", maxAgeMs: 900_000 });
  const limits = { accountGuesses: 8, accountWindowMs: 900_000, longestGuessMs: 70_000 };
  const digestKey = randomBytes(32);
  const budgets = new AccountBudgets({ bucket, limits, digestKey: () => digestKey, wallClock: Date.now });
  const guess = { id: "attempt", digest: "digest", isFamiliar: false };
  const standing = { account: "ada", failures: 0, passwordTime: "1" };
  return { store, bucket, budgets, guess, standing };
}
