import assert from "node:assert/strict";
import { test } from "node:test";
import { decide, settled } from "../../../../src/gateway/throttle/guesses.ts";
import type { Guesses } from "../../../../src/gateway/throttle/guesses.ts";
import type { Standing } from "../../../../src/login/standing.ts";

const limits = { accountGuesses: 8, accountWindowMs: 900_000, longestGuessMs: 70_000 };
const startMs = 1_700_000_000_000;

function standing(threshold: number | undefined, failures = 0, windowMs = 1_800_000): Standing {
  const lockout = threshold === undefined ? {} : { lockout: { threshold, windowMs } };
  return { account: "corp someone", failures, passwordTime: "1", ...lockout };
}

/** Guesses wrong until no more may be made; how many were. */
function guessOn(of: Standing, isFamiliar = false, before?: Guesses): number {
  let [guesses, made] = [before, 0];
  for (; made < 100; made += 1) {
    const guess = { id: `attempt ${made}`, digest: `password ${made}`, isFamiliar, nowMs: startMs + made };
    const decision = decide(guesses, guess, of, limits, "together");
    if (decision.kind !== "reserved") break;
    guesses = settled(decision.guesses, guess, "wrong", guess.nowMs);
  }
  return made;
}

test("strangers stop short of the directory's threshold, and a familiar source has one more", () => {
  for (const [threshold, strangers] of [
    [2, 1],
    [3, 1],
    [4, 2],
    [5, 3],
    [10, 8],
  ] as const) {
    assert.equal(guessOn(standing(threshold)), strangers, `threshold ${threshold}`);
    assert.equal(guessOn(standing(threshold), true), strangers + 1, `threshold ${threshold}, familiar`);
  }
  assert.equal(guessOn(standing(undefined)), 8);
});

test("what the directory has counted already is spent", () => {
  assert.equal(guessOn(standing(5, 2)), 1);
  assert.equal(decideOnce(standing(5, 2)).kind, "reserved");
  assert.equal(decideOnce(standing(5, 3)).kind, "exhausted");
  assert.equal(decideOnce(standing(5, 3), true).kind, "reserved");
  assert.equal(decideOnce(standing(5, 4), true).kind, "exhausted");
});

function decideOnce(of: Standing, isFamiliar = false, before?: Guesses, nowMs = startMs, digest = "new") {
  return decide(before, { id: "another", digest, isFamiliar, nowMs }, of, limits, "together");
}

test("a guess that will have no answer any more counts if the directory counted it, or does not say", () => {
  const open: Guesses = {
    guesses: ["a", "b", "c", "d"].map((digest) => ({
      id: digest,
      digest,
      state: "open",
      atMs: startMs,
      failures: 0,
    })),
    lastAtMs: startMs,
  };
  const soon = startMs + limits.longestGuessMs;
  const late = soon + 1;
  assert.equal(decideOnce(standing(5), true, open, soon).kind, "exhausted");
  assert.equal(decideOnce(standing(5), true, open, late).kind, "reserved");
  assert.equal(decideOnce(standing(5, 4), true, open, late).kind, "exhausted");
  const kept = decideOnce(standing(undefined), false, open, late, "a");
  assert.ok(kept.kind === "reserved", "nobody knows that it was wrong");
  assert.equal(kept.guesses.guesses.filter(({ state }) => state === "wrong").length, 4);
});

test("a guess that is not answered yet counts once, whether the directory has counted it already or not", () => {
  const made = decideOnce(standing(3), false);
  assert.ok(made.kind === "reserved");
  for (const failures of [0, 1]) {
    assert.equal(decideOnce(standing(3, failures), false, made.guesses).kind, "exhausted");
    assert.equal(
      decideOnce(standing(3, failures), true, made.guesses).kind,
      "reserved",
      `${failures} counted`,
    );
  }
  const elsewhere = decideOnce(standing(5, 2), false);
  assert.ok(elsewhere.kind === "reserved");
  assert.equal(decideOnce(standing(5, 2), false, elsewhere.guesses).kind, "exhausted");
});

test("a guess that is not answered yet counts", () => {
  let guesses: Guesses | undefined;
  for (let n = 0; n < 3; n += 1) {
    const decision = decideOnce(standing(5), false, guesses);
    assert.ok(decision.kind === "reserved");
    guesses = {
      ...decision.guesses,
      guesses: decision.guesses.guesses.map((guess) => ({ ...guess, id: `${n}` })),
    };
  }
  assert.equal(decideOnce(standing(5), false, guesses).kind, "exhausted");
});

test("a gateway that counts alone makes one guess at a time, and one fewer", () => {
  const guess = { id: "1", digest: "a", isFamiliar: false, nowMs: startMs };
  const first = decide(undefined, guess, standing(5), limits, "alone");
  assert.ok(first.kind === "reserved");
  assert.equal(decide(first.guesses, { ...guess, id: "2" }, standing(5), limits, "alone").kind, "exhausted");
  assert.equal(decide(undefined, guess, standing(5, 1), limits, "alone").kind, "reserved");
  assert.equal(decide(undefined, guess, standing(5, 2), limits, "alone").kind, "exhausted");
  assert.equal(decide(undefined, guess, standing(2), limits, "alone").kind, "reserved");
});

test("the same wrong password is known again, and costs nothing", () => {
  const wrong: Guesses = {
    guesses: [{ id: "1", digest: "same", state: "wrong", atMs: startMs, failures: 0 }],
    lastAtMs: startMs,
  };
  assert.equal(decideOnce(standing(5), false, wrong, startMs, "same").kind, "repeated");
  const open: Guesses = {
    guesses: [{ id: "1", digest: "same", state: "open", atMs: startMs, failures: 0 }],
    lastAtMs: startMs,
  };
  assert.equal(decideOnce(standing(5), false, open, startMs, "same").kind, "reserved");
});

test("guesses are forgotten all together, so long after the last one", () => {
  const wrong: Guesses = {
    guesses: ["a", "b"].map((digest) => ({ id: digest, digest, state: "wrong", atMs: startMs, failures: 0 })),
    lastAtMs: startMs,
  };
  assert.equal(decideOnce(standing(3), false, wrong, startMs + 1_799_999).kind, "exhausted");
  assert.equal(decideOnce(standing(3), false, wrong, startMs + 1_800_000).kind, "reserved");
  assert.equal(decideOnce(standing(3, 0, 0), false, wrong, startMs + 80_000_000).kind, "exhausted");
  assert.equal(decideOnce(standing(3, 2), false, wrong, startMs + 1_800_000).kind, "exhausted");
});

test("the right password clears what was wrong, and keeps what is under way", () => {
  const before: Guesses = {
    guesses: [
      { id: "1", digest: "a", state: "wrong", atMs: startMs, failures: 0 },
      { id: "2", digest: "b", state: "open", atMs: startMs, failures: 0 },
      { id: "3", digest: "c", state: "open", atMs: startMs, failures: 0 },
    ],
    lastAtMs: startMs,
  };
  const after = settled(before, { id: "3", digest: "c" }, "right", startMs);
  assert.deepEqual(
    after.guesses.map(({ id }) => id),
    ["2"],
  );
  assert.deepEqual(settled(before, { id: "2", digest: "b" }, "not_asked", startMs).guesses.length, 2);
});
