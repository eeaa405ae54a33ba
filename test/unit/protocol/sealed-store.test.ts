import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Deadline } from "../../../src/login/deadline.ts";
import { createSealedStore, sealedValueBytesMax } from "../../../src/protocol/sealed-store.ts";
import type { Bucket, Store } from "../../../src/protocol/store-port.ts";
import { MemoryStore } from "../../support/memory-store.ts";

const soon = (): Deadline => Deadline.after(1_000);
const options = { name: "throttle", maxAgeMs: 60_000, bytesMax: 1_000_000 };
const [oldSecret, newSecret] = [randomBytes(32), randomBytes(32)];
const ada = Buffer.from("ada's profile");

/** Everything that is written to a store, as the servers see it. */
class SeenStore implements Store {
  readonly written = new Map<string, Uint8Array>();
  readonly #store = new MemoryStore();

  bucket(bucket: typeof options): Bucket {
    const inner = this.#store.bucket(bucket);
    return {
      ...inner,
      put: (key, value, deadline) => {
        this.written.set(key, value);
        return inner.put(key, value, deadline);
      },
    };
  }
}

function open(store: Store, secrets: readonly Uint8Array[], foreign: string[] = []): Bucket {
  return createSealedStore(store, { secrets, foreign: (bucket) => foreign.push(bucket) }).bucket(options);
}

function valueOf(found: Awaited<ReturnType<Bucket["get"]>>): string {
  return found.kind === "found" ? Buffer.from(found.value).toString() : found.kind;
}

test("whoever reads the servers finds neither a name nor a value, nor how long they are", async () => {
  const store = new SeenStore();
  const bucket = open(store, [newSecret]);
  await bucket.put("ada@example.test", ada, soon());
  await bucket.put("a", Buffer.from("x"), soon());
  const seen = [...store.written].map(([key, value]) => `${key}${Buffer.from(value).toString("latin1")}`);
  assert.ok(seen.every((text) => !/ada|profile/.test(text)));
  assert.equal(new Set([...store.written.values()].map(({ length }) => length)).size, 1);
  assert.ok([...store.written.keys()].every((key) => /^[A-Za-z0-9_-]{43}$/.test(key)));
});

test("a value that was put under another entry's key does not open, and is told", async () => {
  const [store, foreign]: [SeenStore, string[]] = [new SeenStore(), []];
  const bucket = open(store, [newSecret], foreign);
  await bucket.put("ada", ada, soon());
  await bucket.put("eve", Buffer.from("eve's profile"), soon());
  const [[adasKey], [, evesValue]] = [...store.written] as [[string, Uint8Array], [string, Uint8Array]];
  await store.bucket(options).put(adasKey, evesValue, soon());
  assert.deepEqual(await bucket.get("ada", soon()), { kind: "unavailable" });
  assert.deepEqual(foreign, ["throttle"]);
});

test("a value with one bit turned, cut short or empty does not open", async () => {
  const store = new SeenStore();
  const bucket = open(store, [newSecret]);
  await bucket.put("ada", ada, soon());
  const [[key, value]] = [...store.written] as [[string, Uint8Array]];
  const turned = Buffer.from(value);
  turned[20] = (turned[20] ?? 0) ^ 1;
  for (const forged of [turned, value.subarray(0, 40), new Uint8Array(0)]) {
    await store.bucket(options).put(key, forged, soon());
    assert.deepEqual(await bucket.get("ada", soon()), { kind: "unavailable" });
  }
});

test("what an older secret sealed is found, and moves when it is written again", async () => {
  const store = new MemoryStore();
  await open(store, [oldSecret]).put("ada", ada, soon());
  const both = open(store, [newSecret, oldSecret]);
  const found = await both.get("ada", soon());
  assert.equal(valueOf(found), "ada's profile");
  assert.deepEqual(await both.create("ada", ada, soon()), { kind: "conflict" });
  assert.ok(found.kind === "found");
  const moved = await both.update("ada", Buffer.from("renewed"), found.revision, soon());
  assert.equal(moved.kind, "written");
  assert.equal(valueOf(await open(store, [newSecret]).get("ada", soon())), "renewed");
  assert.equal(valueOf(await open(store, [oldSecret, newSecret]).get("ada", soon())), "renewed");
  assert.deepEqual(await both.update("ada", ada, found.revision, soon()), { kind: "conflict" });
});

test("replicas in the middle of a rotation see each other's entries and deletions", async () => {
  const store = new MemoryStore();
  const [before, after] = [open(store, [oldSecret, newSecret]), open(store, [newSecret, oldSecret])];
  await before.put("ada", Buffer.from("by the old"), soon());
  await after.put("ada", Buffer.from("by the new"), soon());
  assert.equal(valueOf(await before.get("ada", soon())), "by the new");
  await before.put("ada", Buffer.from("by the old again"), soon());
  assert.equal(valueOf(await after.get("ada", soon())), "by the old again");
  await after.delete("ada", soon());
  assert.deepEqual(await before.get("ada", soon()), { kind: "none" });
});

test("of two guarded writes in the middle of a rotation one fails, and what was written last outlives the old secret", async () => {
  const store = new MemoryStore();
  const [before, after] = [open(store, [oldSecret, newSecret]), open(store, [newSecret, oldSecret])];
  await before.create("code", Buffer.from("fresh"), soon());
  for (const [first, second] of [
    [before, after],
    [after, before],
    [after, before],
  ] as const) {
    const found = await second.get("code", soon());
    assert.ok(found.kind === "found");
    assert.equal((await first.update("code", Buffer.from("by one"), found.revision, soon())).kind, "written");
    assert.deepEqual(await second.update("code", Buffer.from("by the other"), found.revision, soon()), {
      kind: "conflict",
    });
    for (const bucket of [before, after]) assert.equal(valueOf(await bucket.get("code", soon())), "by one");
  }
  const alone = open(store, [newSecret]);
  const left = await alone.get("code", soon());
  assert.equal(valueOf(left), "by one");
  assert.ok(left.kind === "found");
  assert.equal((await alone.update("code", Buffer.from("alone"), left.revision, soon())).kind, "written");
  assert.equal(valueOf(await after.get("code", soon())), "alone");
  await after.delete("code", soon());
  for (const bucket of [before, after, alone])
    assert.deepEqual(await bucket.get("code", soon()), { kind: "none" });
});

test("a secret that left the ring opens nothing", async () => {
  const store = new MemoryStore();
  await open(store, [oldSecret]).put("ada", ada, soon());
  assert.deepEqual(await open(store, [newSecret]).get("ada", soon()), { kind: "none" });
});

test("a store that runs takes over a renewed ring, in all its buckets", async () => {
  const store = new MemoryStore();
  const [mine, others] = [1, 2].map(() =>
    createSealedStore(store, { secrets: [oldSecret], foreign: () => assert.fail("something did not open") }),
  );
  assert.ok(mine !== undefined && others !== undefined);
  const [here, there] = [mine.bucket(options), others.bucket(options)];
  await here.put("ada", ada, soon());
  for (const ring of [
    [oldSecret, newSecret],
    [newSecret, oldSecret],
  ]) {
    // In between, the two have different rings.
    mine.renew(ring);
    await here.put("grace", ada, soon());
    for (const key of ["ada", "grace"]) assert.equal(valueOf(await there.get(key, soon())), ada.toString());
    others.renew(ring);
    await there.put("ada", ada, soon());
  }
  mine.renew([newSecret]);
  assert.equal(valueOf(await here.get("ada", soon())), ada.toString());
  assert.throws(() => mine.renew([]));
});

test("the largest value fits, the next one does not", async () => {
  const bucket = open(new MemoryStore(), [newSecret]);
  const largest = randomBytes(sealedValueBytesMax);
  assert.equal((await bucket.put("ada", largest, soon())).kind, "written");
  const found = await bucket.get("ada", soon());
  assert.deepEqual(found.kind === "found" && Buffer.from(found.value), largest);
  assert.deepEqual(await bucket.put("ada", randomBytes(41_000), soon()), { kind: "unavailable" });
});

test("while the store is away, nothing is said to be there or not", async () => {
  const store = new MemoryStore();
  const bucket = open(store, [newSecret, oldSecret]);
  await bucket.put("ada", ada, soon());
  store.isThere = false;
  for (const end of [
    await bucket.get("ada", soon()),
    await bucket.create("ada", ada, soon()),
    await bucket.update("ada", ada, 1, soon()),
    await bucket.delete("ada", soon()),
  ]) {
    assert.deepEqual(end, { kind: "unavailable" });
  }
});

test("a secret of fewer than 32 bytes is refused", () => {
  assert.throws(() => open(new MemoryStore(), [randomBytes(31)]));
  assert.throws(() => open(new MemoryStore(), []));
});
