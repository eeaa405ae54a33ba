/**
 * The version before and this one, each on either side: people get in and are kept out, wrong passwords count once, what applications ask
 * is answered, what replicas share is understood, and no message is refused.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { unpackBuildBefore } from "../support/build-before.ts";
import type { BuildBefore } from "../support/build-before.ts";
import { startConnector, startGateway } from "../support/drawbridge.ts";
import type { GatewayProgram } from "../support/drawbridge.ts";
import { createIdentityKeys } from "../support/identity-keys.ts";
import type { IdentityKeys } from "../support/identity-keys.ts";
import { startNats } from "../support/nats-server.ts";
import type { Nats } from "../support/nats-server.ts";
import type { Program } from "../support/program.ts";
import { createScratch } from "../support/scratch.ts";
import { startSlapd } from "../support/slapd.ts";
import type { Slapd } from "../support/slapd.ts";
import { startTraceCollector } from "../support/trace-collector.ts";
import type { ReceivedSpan, TraceCollector } from "../support/trace-collector.ts";

const token = "kX9-a-token-that-nobody-can-guess-41";
const newPassword = "An0ther-Passw0rd";
const waitMs = 30_000;

type Age = "before" | "now";

describe(
  "an upgrade, as it is told to be done: connectors first, then gateways",
  { timeout: 170_000 },
  () => {
    const owned = new AsyncDisposableStack();
    let build: BuildBefore;
    let slapd: Slapd;
    let nats: Nats;
    let keys: IdentityKeys;
    let collector: TraceCollector;
    let gateways: Readonly<Record<Age, GatewayProgram>>;
    let olderConnector: Program;
    let newerConnector: Program;

    before(async () => {
      build = owned.use(await unpackBuildBefore());
      slapd = owned.use(await startSlapd({ usersMax: 5, failuresMax: 20 }));
      nats = owned.use(await startNats({ jetStream: true }));
      collector = owned.use(await startTraceCollector());
      const scratch = owned.use(await createScratch("versions"));
      keys = await createIdentityKeys(scratch.folder, ["corp"]);
      const stateKeyFiles = [await scratch.write("state.key", randomBytes(32).toString("base64"))];
      const tokenFile = await scratch.write("token", token);
      const gatewayOf = async (age: Age): Promise<GatewayProgram> =>
        owned.use(
          await startGateway({
            nats,
            keys,
            name: `gateway ${age}`,
            connections: ["corp"],
            throttle: { enabled: true },
            stateKeyFiles,
            apiTokens: [{ name: "helpdesk", tokenFile, may: ["users.search"] }],
            ...ofAge(age),
          }),
        );
      olderConnector = await connectorOf("before");
      gateways = { before: await gatewayOf("before"), now: await gatewayOf("now") };
    });
    after(() => owned.disposeAsync());

    /** Settings that the version before does not know are for this one. */
    function ofAge(age: Age) {
      return age === "before"
        ? { circumstances: { main: build.main } }
        : { traces: { endpoint: collector.endpoint } };
    }

    async function connectorOf(age: Age): Promise<Program> {
      const operations = ["users.search", "password.change"];
      const connections = { corp: { directory: slapd, operations } };
      return owned.use(
        await startConnector({ nats, keys, name: `connector ${age}`, connections, ...ofAge(age) }),
      );
    }

    async function assertServes(age: Age, person: string): Promise<void> {
      const gateway = gateways[age];
      const right = { username: person, password: slapd.password };
      const accepted = await gateway.login(right);
      assert.equal(accepted.status, 200, JSON.stringify(accepted.body));
      const denied = await gateway.login({ ...right, password: "wrong" });
      assert.deepEqual([denied.status, denied.body["reason"]], [401, "bad_credentials"]);
      assert.equal((await slapd.failureTimes(person)).length, 1);

      const found = await gateway.post("/v1/users/search", { text: person }, token);
      assert.equal(found.status, 200, JSON.stringify(found.body));
      assert.ok(JSON.stringify(found.body["users"]).includes(`"${person}"`));
      const change = { username: person, oldPassword: slapd.password, newPassword };
      const changed = await gateway.post("/v1/password/change", change);
      assert.equal(changed.status, 200, JSON.stringify(changed.body));
      // What the two gateways keep together is read by the other one.
      for (const each of Object.values(gateways)) {
        const { status, body } = await each.login({ username: person, password: newPassword });
        assert.deepEqual([status, body["source"]], [200, undefined], JSON.stringify(body));
      }
    }

    test("a connector of the version before serves a gateway of this one", async () => {
      await assertServes("now", "u1");
    });

    test("beside each other, each is given logins by each, and a trace ends where a replica reads none", async () => {
      newerConnector = await connectorOf("now");
      const [older, newer] = await Promise.all([olderConnector, newerConnector].map(idOf));
      const count = (isIt: (span: ReceivedSpan) => boolean): number => collector.spans.filter(isIt).length;
      const grantedTo = (id: unknown): number =>
        count(({ name, attributes }) => name === "grant" && attributes["drawbridge.replica"] === id);
      const verifiedBy = (id: unknown): number =>
        count(({ name, resource }) => name === "verify" && resource["service.instance.id"] === id);
      const giveUpAt = performance.now() + waitMs;
      while (grantedTo(older) < 5 || verifiedBy(newer) < 5) {
        assert.ok(performance.now() < giveUpAt, "not every replica is given logins");
        for (const gateway of Object.values(gateways)) {
          const { status, body } = await gateway.login({ username: "u2", password: slapd.password });
          assert.equal(status, 200, JSON.stringify(body));
        }
      }
      assert.equal(verifiedBy(older), 0);
    });

    test("a connector of this version serves a gateway of the one before, and of this one", async () => {
      await assertNothingRefused(olderConnector);
      assert.equal((await olderConnector.terminate()).code, 0);
      await assertServes("before", "u3");
      await assertServes("now", "u4");
    });

    test("no message was refused on any side", async () => {
      for (const program of [newerConnector, ...Object.values(gateways)]) await assertNothingRefused(program);
    });
  },
);

/** For what it says. That one came twice or late happens between equals too, on a machine that is busy. */
async function assertNothingRefused(program: Program): Promise<void> {
  for (const why of ["malformed", "not_json", "too_large", "not_expected"])
    assert.equal(await program.readMetric("drawbridge_messages_refused_total", { why }), 0, program.name);
  assert.equal(await program.readMetric("drawbridge_defects_total"), 0, program.name);
}

async function idOf(program: Program): Promise<unknown> {
  return (await program.findLog(({ msg }) => msg === "started", waitMs))["replica"];
}
