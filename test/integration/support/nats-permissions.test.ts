/**
 * The shipped NATS configuration on a real server: what each program may do, what a thief of its credential may not, and who gets in.
 */

import assert from "node:assert/strict";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { after, before, describe, test } from "node:test";
import { PermissionViolationError, nkeys } from "nats";
import type { NatsConnection } from "nats";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { messageBytesMax } from "../../../src/protocol/subjects.ts";
import { captureBus } from "../../support/bus-capture.ts";
import { startNats, usersOf } from "../../support/nats-server.ts";
import type { Nats, NatsRole } from "../../support/nats-server.ts";

const announces = "drawbridge.v1.corp.login";
const ticketAnnounces = "drawbridge.v1.corp.login.kerberos";
const gatewayInbox = "drawbridge.v1.corp.gateway.somebody.1.attempt.announce";
const replicaInbox = "drawbridge.v1.corp.replica.somebody.1";
const heartbeat = "drawbridge.v1.corp.heartbeat";
const storeInbox = "drawbridge.store.gateway.somebody.1.1";
const bucket = "KV_drawbridge_throttle";
const entry = "$KV.drawbridge_throttle.key";
const audit = "drawbridge_audit";
const record = "drawbridge.audit.v1.gateway.corp.AA";
const ticketHeartbeat = "drawbridge.v1.corp.heartbeat.kerberos";

type Act = (connection: NatsConnection) => void;
const publish =
  (subject: string): Act =>
  (connection) =>
    connection.publish(subject, "x");
const subscribe =
  (subject: string, queue?: string): Act =>
  (connection) => {
    connection.subscribe(subject, { ...(queue === undefined ? {} : { queue }), callback: () => {} });
  };

describe("the shipped NATS configuration", { timeout: 60_000 }, () => {
  let nats: Nats;
  before(async () => {
    nats = await startNats();
  });
  after(() => nats[Symbol.asyncDispose]());

  const forbidden: readonly (readonly [NatsRole, string, Act])[] = [
    ["connector", "announce a login", publish(announces)],
    ["connector", "listen in on all announces", subscribe(announces)],
    ["connector", "take announces in a queue of its own", subscribe(announces, "thieves")],
    ["connector", "announce a login by ticket", publish(ticketAnnounces)],
    ["connector", "listen in on announces of tickets", subscribe(ticketAnnounces)],
    ["connector", "read what others answer to gateways", subscribe(gatewayInbox)],
    ["connector", "grant a login to another replica", publish(replicaInbox)],
    ["connector", "listen to everything", subscribe(">")],
    ["connector", "listen to every subject of its connection", subscribe("drawbridge.v1.corp.>")],
    ["connector", "hear others beat", subscribe(heartbeat)],
    [
      "connector",
      "publish to every gateway's inbox and below",
      publish("drawbridge.v1.corp.gateway.somebody"),
    ],
    ["connector", "use common inboxes", subscribe("_INBOX.x")],
    ["connector", "ask JetStream", publish("$JS.API.INFO")],
    ["connector", "watch the servers' own events", subscribe("$SYS.>")],
    ["connector", "ask the servers", publish("$SYS.REQ.SERVER.PING")],
    ["connector", "speak another version", publish("drawbridge.v2.corp.heartbeat")],
    ["gateway", "take an announced login", subscribe(announces, "connectors")],
    ["gateway", "listen in on announces", subscribe(announces)],
    ["gateway", "take an announced login by ticket", subscribe(ticketAnnounces, "connectors")],
    ["gateway", "answer as a connector", publish(gatewayInbox)],
    ["gateway", "beat as a replica", publish(heartbeat)],
    ["gateway", "beat as a replica that takes tickets", publish(ticketHeartbeat)],
    ["gateway", "read what replicas are granted", subscribe(replicaInbox)],
    ["gateway", "join the queue group by another subject", subscribe("drawbridge.v1.*.*", "connectors")],
    ["gateway", "listen to everything", subscribe(">")],
    ["gateway", "use common inboxes", subscribe("_INBOX.x")],
    ["gateway", "ask JetStream", publish("$JS.API.STREAM.NAMES")],
    ["gateway", "watch the servers' own events", subscribe("$SYS.>")],
    ["gateway", "change the stream behind a bucket", publish(`$JS.API.STREAM.UPDATE.${bucket}`)],
    ["gateway", "make a stream of its own", publish("$JS.API.STREAM.CREATE.taps")],
    ["gateway", "read other streams", publish("$JS.API.STREAM.MSG.GET.orders")],
    ["gateway", "delete a bucket", publish(`$JS.API.STREAM.DELETE.${bucket}`)],
    ["gateway", "forge what the store answers", publish(storeInbox)],
    ["connector", "forge what the store answers", publish(storeInbox)],
    ["connector", "hear what the store answers gateways", subscribe(storeInbox)],
    [
      "connector",
      "change the stream behind its bucket",
      publish("$JS.API.STREAM.UPDATE.KV_drawbridge_tickets"),
    ],
    ["gateway", "write down used tickets", publish("$KV.drawbridge_tickets.key")],
    ["connector", "read the gateways' buckets", publish(`$JS.API.STREAM.MSG.GET.${bucket}`)],
    ["connector", "write to the gateways' buckets", publish(entry)],
    ["gateway", "read the audit", publish(`$JS.API.STREAM.MSG.GET.${audit}`)],
    ["gateway", "read the audit by a consumer", publish(`$JS.API.CONSUMER.CREATE.${audit}`)],
    ["gateway", "empty the audit", publish(`$JS.API.STREAM.PURGE.${audit}`)],
    ["gateway", "delete the audit", publish(`$JS.API.STREAM.DELETE.${audit}`)],
    ["gateway", "remove a record of the audit", publish(`$JS.API.STREAM.MSG.DELETE.${audit}`)],
    ["gateway", "change the audit's stream", publish(`$JS.API.STREAM.UPDATE.${audit}`)],
    ["gateway", "write a record in a connector's name", publish("drawbridge.audit.v1.connector.corp.AA")],
    ["gateway", "listen in on the audit", subscribe(record)],
    ["connector", "write a record in a gateway's name", publish(record)],
    ["connector", "read the audit", publish(`$JS.API.STREAM.MSG.GET.${audit}`)],
    ["connector", "empty the audit", publish(`$JS.API.STREAM.PURGE.${audit}`)],
    ["connector", "delete the audit", publish(`$JS.API.STREAM.DELETE.${audit}`)],
    ["connector", "remove a record of the audit", publish(`$JS.API.STREAM.MSG.DELETE.${audit}`)],
    ["connector", "listen in on the audit", subscribe("drawbridge.audit.v1.connector.corp.AA")],
    ["auditor", "write a record", publish(record)],
    ["auditor", "make the audit's stream", publish(`$JS.API.STREAM.CREATE.${audit}`)],
    ["auditor", "remove a record of the audit", publish(`$JS.API.STREAM.MSG.DELETE.${audit}`)],
    ["auditor", "read the gateways' buckets", publish(`$JS.API.STREAM.MSG.GET.${bucket}`)],
    ["auditor", "hear what gateways are answered", subscribe(storeInbox)],
    ["auditor", "announce a login", publish(announces)],
    ["auditor", "listen in on the audit", subscribe(record)],
    ["observer", "say anything", publish(heartbeat)],
  ];
  for (const [role, deed, act] of forbidden) {
    test(`refuses the ${role} that tries to ${deed}`, async () => {
      assert.ok((await complaintAbout(nats, role, act)) instanceof PermissionViolationError);
    });
  }

  const allowed: readonly (readonly [NatsRole, string, Act])[] = [
    ["connector", "take announces as a member of the queue group", subscribe(announces, "connectors")],
    ["connector", "take announces of tickets as a member", subscribe(ticketAnnounces, "connectors")],
    ["connector", "listen on its inbox", subscribe(replicaInbox)],
    ["connector", "answer a gateway", publish(gatewayInbox)],
    ["connector", "beat", publish(heartbeat)],
    ["connector", "beat as one that takes tickets", publish(ticketHeartbeat)],
    ["connector", "write down used tickets", publish("$KV.drawbridge_tickets.key")],
    ["connector", "hear what the store answers", subscribe("drawbridge.store.connector.somebody.1.1")],
    ["gateway", "announce a login", publish(announces)],
    ["gateway", "announce a login by ticket", publish(ticketAnnounces)],
    ["gateway", "grant a login to a replica", publish(replicaInbox)],
    ["gateway", "listen on its inbox", subscribe(gatewayInbox)],
    ["gateway", "hear the replicas beat", subscribe(heartbeat)],
    ["gateway", "make its bucket", publish(`$JS.API.STREAM.CREATE.${bucket}`)],
    ["gateway", "read its bucket", publish(`$JS.API.DIRECT.GET.${bucket}.${entry}`)],
    ["gateway", "write to its bucket", publish(entry)],
    ["gateway", "hear what the store answers", subscribe(storeInbox)],
    ["gateway", "hear those beat that take tickets", subscribe(ticketHeartbeat)],
    ["gateway", "make the audit's stream", publish(`$JS.API.STREAM.CREATE.${audit}`)],
    ["gateway", "look at the audit's stream", publish(`$JS.API.STREAM.INFO.${audit}`)],
    ["gateway", "add to the audit", publish(record)],
    ["connector", "make the audit's stream", publish(`$JS.API.STREAM.CREATE.${audit}`)],
    ["connector", "add to the audit", publish("drawbridge.audit.v1.connector.corp.AA")],
    ["auditor", "look at the audit's stream", publish(`$JS.API.STREAM.INFO.${audit}`)],
    ["auditor", "read the audit", publish(`$JS.API.STREAM.MSG.GET.${audit}`)],
    ["auditor", "hear what it is answered", subscribe("drawbridge.store.auditor.somebody.1.1")],
  ];
  for (const [role, deed, act] of allowed) {
    test(`lets the ${role} ${deed}`, async () => {
      assert.equal(await complaintAbout(nats, role, act), undefined);
    });
  }

  test("TLS 1.3 is the least, to clients", async () => {
    const [node] = nats.nodes;
    assert.ok(node !== undefined);
    await assert.rejects(tlsVersion(node.address, 4222, "TLSv1.2"), /alert/);
    assert.equal(await tlsVersion(node.address, 4222, "TLSv1.3"), "TLSv1.3");
  });

  test("refuses a message over 128 KB", async () => {
    const gateway = await nats.connectAs("gateway");
    try {
      assert.equal(gateway.info?.max_payload, messageBytesMax);
    } finally {
      await gateway.close();
    }
  });
});

test(
  "the shipped cluster of three carries a message from one node to another",
  { timeout: 60_000 },
  async () => {
    await using nats = await startNats({ nodes: 3 });
    await using capture = await captureBus(nats);
    const gateway = await nats.connectAs("gateway", nats.nodes[2]);
    try {
      gateway.publish(announces, "hello", { reply: gatewayInbox });
      await gateway.flush();
      while (capture.messages.length === 0) await gateway.flush();
      assert.equal(String(await capture.everything()), `${announces}\n${gatewayInbox}\n\nhello\n`);
    } finally {
      await gateway.close();
    }
  },
);

test(
  "a user that is taken out of users.conf is sent away at once, and one that is put in is let in",
  { timeout: 60_000 },
  async () => {
    const without = (text: string, key: string): string =>
      text.replace(key, nkeys.createUser().getPublicKey());
    await using nats = await startNats({ users: (keys) => without(usersOf(keys), keys.gateway) });
    await assert.rejects(nats.connectAs("gateway"), /authoriz/i);
    const stolen = await nats.connectAs("connector");
    await nats.setUsers(without(usersOf(nats.publicKeys), nats.publicKeys.connector));
    await stolen.closed();
    await assert.rejects(nats.connectAs("connector"), /authoriz/i);
    assert.equal(await complaintAbout(nats, "gateway", publish(announces)), undefined);
  },
);

/** The shipped example, with the connectors of `corp` and `subsidiary` and the gateways as the users of this test. */
const tenants = readFileSync(join(import.meta.dirname, "../../../deploy/nats/users.tenants.conf"), "utf8");

describe("an account for each tenant", { timeout: 60_000 }, () => {
  let nats: Nats;
  before(async () => {
    nats = await startNats({
      jetStream: true,
      users: ({ connector, gateway, streamer, observer }) =>
        tenants
          .replace("$GATEWAY_NKEY", gateway)
          .replace("$CORP_CONNECTOR_NKEY", connector)
          .replace("$SUBSIDIARY_CONNECTOR_NKEY", streamer)
          .replace("accounts {", `accounts { watchers { users: [{ nkey: ${observer} }] }`),
    });
  });
  after(() => nats[Symbol.asyncDispose]());

  const forbidden: readonly (readonly [NatsRole, string, Act])[] = [
    ["connector", "take another's announces", subscribe("drawbridge.v1.subsidiary.login", "connectors")],
    [
      "connector",
      "take another's announces by ticket",
      subscribe("drawbridge.v1.subsidiary.login.kerberos", "connectors"),
    ],
    ["connector", "take everybody's announces", subscribe("drawbridge.v1.*.login", "connectors")],
    ["connector", "listen on another's inboxes", subscribe("drawbridge.v1.subsidiary.replica.somebody.1")],
    ["connector", "write another's audit", publish("drawbridge.audit.v1.connector.subsidiary.AA")],
    ["connector", "beat for another", publish("drawbridge.v1.subsidiary.heartbeat")],
    ["connector", "answer for another", publish(gatewayInbox.replace("corp", "subsidiary"))],
  ];
  for (const [role, deed, act] of forbidden) {
    test(`refuses the ${role} that tries to ${deed}`, async () => {
      assert.ok((await complaintAbout(nats, role, act)) instanceof PermissionViolationError);
    });
  }

  test("each connection's messages come through, to its own connectors only, and nobody is said to listen who does not", async () => {
    const [corp, subsidiary, gateway] = await Promise.all([
      nats.connectAs("connector"),
      nats.connectAs("streamer"),
      nats.connectAs("gateway"),
    ]);
    const heard: string[] = [];
    const hear = (name: string, connection: NatsConnection, subject: string, queue?: string): void => {
      connection.subscribe(subject, {
        ...(queue === undefined ? {} : { queue }),
        callback: (_, { subject: to, reply = "", headers }) =>
          void heard.push([name, to, reply, headers?.code ?? ""].join(" ").trim()),
      });
    };
    for (const copy of ["one", "two"]) hear(`corp ${copy}`, corp, announces, "connectors");
    hear("corp", corp, replicaInbox);
    hear("gateway", gateway, gatewayInbox);
    hear("gateway", gateway, heartbeat);
    hear("gateway", gateway, heartbeat.replace("corp", "subsidiary"));
    await Promise.all([corp.flush(), subsidiary.flush(), gateway.flush()]);

    gateway.publish(announces, "x", { reply: gatewayInbox });
    gateway.publish(replicaInbox, "x", { reply: gatewayInbox });
    gateway.publish(announces.replace("corp", "subsidiary"), "x", { reply: gatewayInbox });
    corp.publish(gatewayInbox, "x");
    corp.publish(heartbeat, "x");
    subsidiary.publish(heartbeat.replace("corp", "subsidiary"), "x");
    const expected = [
      `corp ${announces} ${gatewayInbox}`,
      `corp ${replicaInbox} ${gatewayInbox}`,
      `gateway ${gatewayInbox}`,
      `gateway ${gatewayInbox} 503`,
      `gateway ${heartbeat}`,
      `gateway ${heartbeat.replace("corp", "subsidiary")}`,
    ];
    while (heard.length < expected.length)
      await Promise.all([corp.flush(), subsidiary.flush(), gateway.flush()]);
    const told = heard.map((line) => line.replace(/^corp (one|two)/, "corp").replace(/ +/g, " "));
    assert.deepEqual(told.toSorted(), expected.toSorted());
    await Promise.all([corp.close(), subsidiary.close(), gateway.close()]);
  });

  test("each connection's connectors remember tickets, and those of another do not see them", async () => {
    const [corp, subsidiary] = await Promise.all([nats.connectAs("connector"), nats.connectAs("streamer")]);
    const settings = JSON.stringify({
      name: "KV_drawbridge_tickets",
      subjects: ["$KV.drawbridge_tickets.>"],
      storage: "file",
      num_replicas: 1,
    });
    const query = JSON.stringify({ last_by_subj: "$KV.drawbridge_tickets.key" });
    for (const connection of [corp, subsidiary]) {
      const made = await askStore(connection, "$JS.API.STREAM.CREATE.KV_drawbridge_tickets", settings);
      assert.equal(made["error"], undefined);
    }
    assert.equal((await askStore(corp, "$KV.drawbridge_tickets.key", "used"))["error"], undefined);
    const get = "$JS.API.STREAM.MSG.GET.KV_drawbridge_tickets";
    assert.ok("message" in (await askStore(corp, get, query)));
    assert.ok("error" in (await askStore(subsidiary, get, query)));
    await Promise.all([corp.close(), subsidiary.close()]);
  });
});

/** As a connector asks JetStream: with an inbox of its own below those that it may hear. */
async function askStore(
  connection: NatsConnection,
  subject: string,
  payload: string,
): Promise<Readonly<Record<string, unknown>>> {
  const inbox = "drawbridge.store.connector.somebody.1.1";
  const answered = Promise.withResolvers<Readonly<Record<string, unknown>>>();
  const subscription = connection.subscribe(inbox, {
    max: 1,
    callback: (error, message) => {
      if (error === null) answered.resolve(message.json());
      else answered.reject(error);
    },
  });
  connection.publish(subject, payload, { reply: inbox });
  try {
    return await answered.promise;
  } finally {
    subscription.unsubscribe();
  }
}

/** What the server complains about to a client in that role which does this. */
async function complaintAbout(nats: Nats, role: NatsRole, act: Act): Promise<unknown> {
  return complaintOf(await nats.connectAs(role), act);
}

async function complaintOf(connection: NatsConnection, act: Act): Promise<unknown> {
  const complaints: unknown[] = [];
  const watching = (async () => {
    for await (const status of connection.status()) {
      if (status.type === "error") complaints.push(status.error);
    }
  })();
  act(connection);
  // Complaints and pongs come in the order of their causes.
  await connection.flush();
  await connection.close();
  await watching;
  return complaints[0];
}

/** The version that a client which knows none later is given, after the server's greeting in clear. */
function tlsVersion(host: string, port: number, latest: "TLSv1.2" | "TLSv1.3"): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(port, host).once("data", () => {
      const secured = connectTls({
        socket,
        maxVersion: latest,
        minVersion: "TLSv1.2",
        rejectUnauthorized: false,
      });
      secured.once("error", reject).once("secureConnect", () => {
        resolve(secured.getProtocol());
        secured.destroy();
      });
    });
    socket.once("error", reject);
  });
}
