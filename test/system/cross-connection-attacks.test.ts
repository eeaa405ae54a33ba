/**
 * What somebody with the directory, the connector or the bus credential of one connection can do to the logins of another one at the
 * same gateway: nothing, and it is counted.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { NatsConnection } from "nats";
import { createProcessId, messageBytesMax } from "../../src/protocol/subjects.ts";
import { captureBus } from "../support/bus-capture.ts";
import type { BusCapture } from "../support/bus-capture.ts";
import { startConnector, startGateway } from "../support/drawbridge.ts";
import type { GatewayProgram } from "../support/drawbridge.ts";
import { createIdentityKeys } from "../support/identity-keys.ts";
import { startNats } from "../support/nats-server.ts";
import type { Nats } from "../support/nats-server.ts";
import { createScratch } from "../support/scratch.ts";
import { startSlapd } from "../support/slapd.ts";
import type { Slapd } from "../support/slapd.ts";

type Json = Readonly<Record<string, unknown>>;

interface Seen {
  readonly subject: string;
  readonly message: Json;
}

describe("attacks from one connection on another", { timeout: 120_000 }, () => {
  const cleanup = new AsyncDisposableStack();
  let slapd: Slapd;
  let nats: Nats;
  let capture: BusCapture;
  let gateway: GatewayProgram;
  let thief: NatsConnection;

  before(async () => {
    slapd = cleanup.use(await startSlapd());
    const { folder } = cleanup.use(await createScratch("attacks"));
    const keys = await createIdentityKeys(folder, ["corp", "sub"]);
    nats = cleanup.use(await startNats());
    capture = cleanup.use(await captureBus(nats));
    for (const name of ["corp", "sub"]) {
      const connections = { [name]: { directory: slapd } };
      cleanup.use(await startConnector({ nats, keys, name, connections }));
    }
    gateway = cleanup.use(await startGateway({ nats, keys, connections: ["corp", "sub"] }));
    thief = await nats.connectAs("connector");
    cleanup.defer(() => thief.close());
  });
  after(() => cleanup.disposeAsync());

  async function seen(matches: (seen: Seen) => boolean): Promise<Seen> {
    await capture.everything();
    const found = capture.messages.map(({ subject, payload }) => ({ subject, message: parsed(payload) }));
    const last = found.findLast(matches);
    assert.ok(last !== undefined, "it was not on the bus");
    return last;
  }

  async function verdictAt(connection: string): Promise<Seen> {
    const { account, password } = { account: slapd.accounts.active, password: slapd.password };
    const { status, body } = await gateway.login({ connection, username: account, password });
    assert.equal(status, 200);
    return seen(
      ({ subject, message }) =>
        subject.startsWith(`drawbridge.v1.${connection}.gateway.`) &&
        message["type"] === "sealed" &&
        message["attempt"] === body["attempt"],
    );
  }

  const messagesRefused = (labels: Record<string, string>) =>
    gateway.readMetric("drawbridge_messages_refused_total", labels);
  const sessionsRefused = (labels: Record<string, string>) =>
    gateway.readMetric("drawbridge_sessions_refused_total", labels);
  const publish = (subject: string, message: Json): void => thief.publish(subject, JSON.stringify(message));

  test("a claim for another connection's login, without a certificate of that connection, is granted nothing", async () => {
    const replica = createProcessId(randomBytes);
    const inbox = `drawbridge.v1.sub.replica.${replica}.1`;
    const granted: Json[] = [];
    thief.subscribe(inbox, { callback: (_, { data }) => void granted.push(parsed(data)) });
    await verdictAt("corp");
    const corpsClaim = await seen(
      ({ subject, message }) => subject.includes(".corp.gateway.") && message["type"] === "claim",
    );
    const claimed: unknown[] = [];
    const claiming = thief.subscribe("drawbridge.v1.sub.login", {
      queue: "connectors",
      callback: (_, { reply = "", data }) => {
        const { attempt } = parsed(data);
        publish(reply, { ...corpsClaim.message, attempt, replica, inbox });
        claimed.push(attempt);
      },
    });
    await thief.flush();
    const labels = { connection: "sub", why: "no_certificate" };
    const refused = await sessionsRefused(labels);
    const right = { connection: "sub", username: slapd.accounts.active, password: slapd.password };
    while (claimed.length === 0) assert.equal((await gateway.login(right)).status, 200);
    while ((await sessionsRefused(labels)) === refused) await sleep(10);
    claiming.unsubscribe();
    assert.deepEqual(
      granted.filter(({ type }) => type === "sealed"),
      [],
    );
  });

  test("a verdict of one connection is no verdict of another one, and is counted", async () => {
    const corps = await verdictAt("corp");
    const refused = await messagesRefused({ kind: "session", why: "not_opened" });
    publish(corps.subject.replace(".corp.", ".sub."), corps.message);
    await thief.flush();
    while ((await messagesRefused({ kind: "session", why: "not_opened" })) === refused) await sleep(10);
  });

  test("a login that is under way at one connection is not ended by the verdict of another", async () => {
    const corps = await verdictAt("corp");
    const over = new AbortController();
    const login = gateway
      .login({ connection: "sub", username: slapd.accounts.another, password: "Not-The-Password-1" })
      .finally(() => over.abort());
    let sent = 0;
    while (!over.signal.aborted) {
      const announced = capture.messages.findLast(({ subject }) => subject === "drawbridge.v1.sub.login");
      if (announced !== undefined) {
        const { attempt } = parsed(announced.payload);
        publish(announced.reply.replace(/\.announce$/, ".grant"), { ...corps.message, attempt });
        sent += 1;
      }
      await sleep(1);
    }
    const { status, body } = await login;
    assert.deepEqual([status, body["reason"]], [401, "bad_credentials"]);
    assert.ok(sent > 0);
  });

  test("a replica of one connection is none of another, whatever certificate it shows", async () => {
    const certificate = await seen(
      ({ subject, message }) => subject.includes(".corp.gateway.") && message["type"] === "certificate",
    );
    const beat = await seen(
      ({ subject, message }) =>
        subject === "drawbridge.v1.corp.heartbeat" && message["replica"] === certificate.message["replica"],
    );
    const refusedInboxes = await messagesRefused({ kind: "heartbeat", why: "bad_inbox" });
    publish("drawbridge.v1.sub.heartbeat", beat.message);
    await thief.flush();
    while ((await messagesRefused({ kind: "heartbeat", why: "bad_inbox" })) === refusedInboxes)
      await sleep(10);

    const inbox = `drawbridge.v1.sub.replica.${String(beat.message["replica"])}.1`;
    thief.subscribe(inbox, {
      callback: (_, { reply = "" }) => publish(reply, certificate.message),
    });
    const labels = { connection: "sub", why: "bad_certificate" };
    const refused = await sessionsRefused(labels);
    publish("drawbridge.v1.sub.heartbeat", { ...beat.message, inbox });
    await thief.flush();
    while ((await sessionsRefused(labels)) === refused) await sleep(10);
  });

  test("as much as the bus carries at once is refused by the gateway, and counted", async () => {
    const corps = await verdictAt("corp");
    const refused = await messagesRefused({ kind: "gateway", why: "malformed" });
    publish(corps.subject, { ...corps.message, n: 10 ** 6, box: "A".repeat(120_000) });
    await thief.flush();
    while ((await messagesRefused({ kind: "gateway", why: "malformed" })) === refused) await sleep(10);
  });

  test("more than that ends the connection of whoever sends it, and reaches nobody", async () => {
    const corps = await verdictAt("corp");
    const rude = await nats.connectAs("connector");
    // The client would not send it by itself.
    Object.assign(rude.info ?? {}, { max_payload: 10 ** 9 });
    const already = capture.messages.length;
    rude.publish(corps.subject, JSON.stringify({ ...corps.message, box: "A".repeat(10 ** 6) }));
    assert.match(String(await rude.closed()), /payload/i);
    await capture.everything();
    assert.ok(capture.messages.slice(already).every(({ payload }) => payload.length <= messageBytesMax));
  });

  test("after all of that, people log in at both", async () => {
    for (const connection of ["corp", "sub"]) await verdictAt(connection);
  });
});

/** Empty for what is no JSON object. */
function parsed(payload: Uint8Array): Json {
  try {
    return { ...JSON.parse(Buffer.from(payload).toString()) };
  } catch {
    return {};
  }
}
