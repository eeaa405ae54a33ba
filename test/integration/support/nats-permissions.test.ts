import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { PermissionViolationError } from "nats";
import type { NatsConnection } from "nats";
import { messageBytesMax } from "../../../src/protocol/subjects.ts";
import { captureBus } from "../../support/bus-capture.ts";
import { startNats } from "../../support/nats-server.ts";
import type { Nats, NatsRole } from "../../support/nats-server.ts";

const announces = "drawbridge.v1.corp.login";
const ticketAnnounces = "drawbridge.v1.corp.login.kerberos";
const gatewayInbox = "drawbridge.v1.corp.gateway.somebody.1";
const replicaInbox = "drawbridge.v1.corp.replica.somebody.1";
const heartbeat = "drawbridge.v1.corp.heartbeat";
const storeInbox = "drawbridge.store.gateway.somebody.1.1";
const bucket = "KV_drawbridge_throttle";
const entry = "$KV.drawbridge_throttle.key";
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
    ["connector", "use common inboxes", subscribe("_INBOX.x")],
    ["gateway", "take an announced login", subscribe(announces, "connectors")],
    ["gateway", "listen in on announces", subscribe(announces)],
    ["gateway", "take an announced login by ticket", subscribe(ticketAnnounces, "connectors")],
    ["gateway", "answer as a connector", publish(gatewayInbox)],
    ["gateway", "beat as a replica", publish(heartbeat)],
    ["gateway", "beat as a replica that takes tickets", publish(ticketHeartbeat)],
    ["gateway", "read what replicas are granted", subscribe(replicaInbox)],
    ["gateway", "watch the servers' own events", subscribe("$SYS.>")],
    ["gateway", "change the stream behind a bucket", publish(`$JS.API.STREAM.UPDATE.${bucket}`)],
    ["gateway", "make a stream of its own", publish("$JS.API.STREAM.CREATE.taps")],
    ["gateway", "read other streams", publish("$JS.API.STREAM.MSG.GET.orders")],
    ["gateway", "delete a bucket", publish(`$JS.API.STREAM.DELETE.${bucket}`)],
    ["gateway", "forge what the store answers", publish(storeInbox)],
    ["connector", "forge what the store answers", publish(storeInbox)],
    ["connector", "hear what the store answers gateways", subscribe(storeInbox)],
    ["connector", "read the gateways' buckets", publish(`$JS.API.STREAM.MSG.GET.${bucket}`)],
    ["connector", "write to the gateways' buckets", publish(entry)],
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
  ];
  for (const [role, deed, act] of allowed) {
    test(`lets the ${role} ${deed}`, async () => {
      assert.equal(await complaintAbout(nats, role, act), undefined);
    });
  }

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

/** What the server complains about to a client in that role which does this. */
async function complaintAbout(nats: Nats, role: NatsRole, act: Act): Promise<unknown> {
  const connection = await nats.connectAs(role);
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
