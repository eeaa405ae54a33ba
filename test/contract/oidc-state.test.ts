/**
 * What `oidc-provider` wants of an adapter, on the store in memory and on the sealed one of JetStream.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Adapter } from "oidc-provider";
import { BusCredentials } from "../../src/bus/bus-credentials.ts";
import { connectBus } from "../../src/bus/connect-bus.ts";
import { createStateAdapter } from "../../src/gateway/http/oidc/state-adapter.ts";
import { Secret } from "../../src/login/secret.ts";
import { createSealedStore } from "../../src/protocol/sealed-store.ts";
import type { Store } from "../../src/protocol/store-port.ts";
import { createProcessId, storeInbox } from "../../src/protocol/subjects.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { startNats } from "../support/nats-server.ts";

interface Gateway {
  (model: string): Adapter;
  ahead: number;
}

const newId = (): string => randomBytes(16).toString("base64url");

function gatewayAt(store: Store): Gateway {
  const bucket = (name: string) => store.bucket({ name, maxAgeMs: 3_600_000, bytesMax: 10_000_000 });
  const buckets = { logins: bucket("oidc_logins"), tokens: bucket("oidc_tokens") };
  const create = createStateAdapter(buckets, () => Date.now() + gateway.ahead);
  const gateway: Gateway = Object.assign((model: string) => create(model), { ahead: 0 });
  return gateway;
}

/** Of two gateways with one store. */
const contract: Readonly<Record<string, (one: Gateway, other: Gateway) => Promise<void>>> = {
  async "what one gateway saved another one finds, until it is destroyed"(one, other) {
    const id = newId();
    assert.equal(await one("AccessToken").find(id), undefined);
    await one("AccessToken").upsert(id, { accountId: "ada" }, 60);
    assert.deepEqual(await other("AccessToken").find(id), { accountId: "ada" });
    assert.equal(await other("RefreshToken").find(id), undefined, "another model");
    await other("AccessToken").upsert(id, { accountId: "grace" }, 60);
    assert.deepEqual(await one("AccessToken").find(id), { accountId: "grace" });
    await one("AccessToken").destroy(id);
    assert.equal(await other("AccessToken").find(id), undefined);
    await one("AccessToken").destroy(id);
  },

  async "nothing is found after its time"(one) {
    const id = newId();
    await one("Interaction").upsert(id, { uid: id }, 10);
    one.ahead = 20_000;
    assert.ok(await one("Interaction").find(id), "clocks differ, and the library looks itself");
    one.ahead = 26_000;
    assert.equal(await one("Interaction").find(id), undefined);
    one.ahead = 0;
  },

  async "a session is found by its uid under the id that it has now"(one, other) {
    const [uid, first, second] = [newId(), newId(), newId()];
    await one("Session").upsert(first, { uid, accountId: "ada" }, 60);
    assert.equal((await other("Session").findByUid(uid))?.accountId, "ada");
    await other("Session").destroy(first);
    assert.equal(await one("Session").findByUid(uid), undefined);
    await other("Session").upsert(second, { uid, accountId: "ada", jti: second }, 60);
    assert.equal((await one("Session").findByUid(uid))?.jti, second);
  },

  async "of many that use what may be used once, one does"(one, other) {
    const id = newId();
    await one("AuthorizationCode").upsert(id, { grantId: newId() }, 60);
    const ends = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? one : other)("AuthorizationCode").consume(id)),
    );
    assert.equal(ends.filter(({ status }) => status === "fulfilled").length, 1);
    assert.equal(typeof (await one("AuthorizationCode").find(id))?.["consumed"], "number");
    await assert.rejects(one("AuthorizationCode").consume(newId()));
  },

  async "a revoked grant takes along what came of it, also what is being saved just then"(one, other) {
    const [grantId, another] = [newId(), newId()];
    const [code, access, late, kept] = [newId(), newId(), newId(), newId()];
    await one("AuthorizationCode").upsert(code, { grantId }, 60);
    await one("AccessToken").upsert(access, { grantId }, 60);
    await one("AccessToken").upsert(kept, { grantId: another }, 60);
    await other("AuthorizationCode").revokeByGrantId(grantId);
    await one("RefreshToken").upsert(late, { grantId }, 60);
    assert.equal(await one("AuthorizationCode").find(code), undefined);
    assert.equal(await one("AccessToken").find(access), undefined);
    assert.equal(await one("RefreshToken").find(late), undefined);
    assert.ok(await one("AccessToken").find(kept));
  },
};

for (const [name, promise] of Object.entries(contract)) {
  test(`in memory: ${name}`, async () => {
    const store = new MemoryStore();
    await promise(gatewayAt(store), gatewayAt(store));
  });
}

test("without an answer of the store nothing is found or saved, and that is said", async () => {
  const store = new MemoryStore();
  store.isThere = false;
  const session = gatewayAt(store)("Session");
  const isUnavailable = { status: 503, message: "temporarily_unavailable" };
  await assert.rejects(session.find(newId()), isUnavailable);
  await assert.rejects(session.upsert(newId(), {}, 60), isUnavailable);
  await assert.rejects(session.consume(newId()), isUnavailable);
  await assert.rejects(session.destroy(newId()), isUnavailable);
  await assert.rejects(session.revokeByGrantId(newId()), isUnavailable);
});

test("in JetStream, sealed", { timeout: 60_000 }, async (t) => {
  await using nats = await startNats({ jetStream: true });
  const secrets = [randomBytes(32)];
  await using connections = new AsyncDisposableStack();
  const open = async (): Promise<Gateway> => {
    const bus = connections.use(
      await connectBus(
        {
          servers: nats.servers,
          name: "a gateway",
          credentials: new BusCredentials({
            ca: nats.ca,
            nkeySeed: new Secret(readFileSync(nats.nkeyFiles.gateway, "utf8").trim()),
          }),
          observe: () => undefined,
        },
        AbortSignal.timeout(10_000),
      ),
    );
    const inbox = storeInbox("gateway", createProcessId(randomBytes));
    const foreign = (): void => assert.fail("nobody else writes here");
    return gatewayAt(
      createSealedStore(bus.openStore({ inbox, observe: () => undefined }), { secrets, foreign }),
    );
  };
  const [one, other] = [await open(), await open()];
  for (const [name, promise] of Object.entries(contract)) await t.test(name, () => promise(one, other));
});
