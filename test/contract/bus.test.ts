/**
 * What every `Bus` must do, held to by the one in memory and by a real NATS server.
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { test } from "node:test";
import { TLSSocket, createSecureContext } from "node:tls";
import { BusCredentials } from "../../src/bus/bus-credentials.ts";
import { connectBus } from "../../src/bus/connect-bus.ts";
import { probeServer } from "../../src/bus/probe-server.ts";
import type { BusEvent } from "../../src/bus/connect-bus.ts";
import { Secret } from "../../src/login/secret.ts";
import type { Bus, BusMessage } from "../../src/protocol/bus-port.ts";
import { MemoryBus } from "../support/memory-bus.ts";
import { startNats } from "../support/nats-server.ts";
import type { Nats } from "../support/nats-server.ts";
import { ensurePackages } from "../support/packages.ts";
import { createAuthority } from "../support/pki.ts";
import { createScratch } from "../support/scratch.ts";

interface Pair {
  readonly connector: Bus;
  readonly gateway: Bus;
}

const login = "drawbridge.v1.corp.login";
const inbox = "drawbridge.v1.corp.replica.cmVwbGljYS1vbmUt.1";
const reply = "drawbridge.v1.corp.gateway.Z2F0ZXdheS1vbmUt.1.AAECAwQFBgcICQoLDA0ODw.announce";
const replies = "drawbridge.v1.corp.gateway.Z2F0ZXdheS1vbmUt.1.*.*";

function listen(
  bus: Bus,
  subject: string,
  queue?: string,
): { readonly heard: BusMessage[]; next(): Promise<BusMessage> } {
  const heard: BusMessage[] = [];
  let wake = (): void => undefined;
  bus.subscribe(subject, {
    ...(queue === undefined ? {} : { queue }),
    onMessage: (message) => {
      heard.push(message);
      wake();
    },
  });
  return {
    heard,
    async next() {
      if (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const message = heard.shift();
      assert.ok(message !== undefined);
      return message;
    },
  };
}

async function settle({ connector, gateway }: Pair): Promise<void> {
  await connector.flush(1_000);
  await gateway.flush(1_000);
}

const contract: Readonly<Record<string, (pair: Pair) => Promise<void>>> = {
  async "a message reaches its listener with subject, payload and reply"(pair) {
    const listener = listen(pair.connector, inbox);
    await settle(pair);
    assert.equal(pair.gateway.publish(inbox, Buffer.from("hello"), reply), true);
    const message = await listener.next();
    assert.equal(message.subject, inbox);
    assert.equal(Buffer.from(message.payload).toString(), "hello");
    assert.equal(message.reply, reply);
    assert.equal(message.noResponders, false);
  },

  async "one member of a queue gets each message"(pair) {
    const members = [1, 2, 3].map(() => listen(pair.connector, login, "connectors"));
    await settle(pair);
    for (let n = 0; n < 30; n += 1) pair.gateway.publish(login, Buffer.from(String(n)), reply);
    await settle(pair);
    await settle(pair);
    const heard = members.flatMap((member) =>
      member.heard.map(({ payload }) => Buffer.from(payload).toString()),
    );
    assert.equal(heard.length, 30);
    assert.equal(new Set(heard).size, 30);
  },

  async "nobody listening is said at once, on the reply subject"(pair) {
    const listener = listen(pair.gateway, replies);
    await settle(pair);
    pair.gateway.publish(login, Buffer.from("anybody?"), reply);
    const notice = await listener.next();
    assert.equal(notice.noResponders, true);
    assert.equal(notice.subject, reply);
  },

  async "a closed subscription hears nothing more"(pair) {
    const heard: BusMessage[] = [];
    const subscription = pair.connector.subscribe(inbox, { onMessage: (message) => heard.push(message) });
    await settle(pair);
    subscription.close();
    await settle(pair);
    pair.gateway.publish(inbox, Buffer.from("too late"));
    await settle(pair);
    await settle(pair);
    assert.equal(heard.length, 0);
  },
};

for (const [behaviour, check] of Object.entries(contract)) {
  test(`in memory: ${behaviour}`, async () => {
    const bus = new MemoryBus();
    await check({ connector: bus.connect(), gateway: bus.connect() });
  });
}

function connectAs(nats: Nats, role: "connector" | "gateway", seen: BusEvent[] = []) {
  const nkeySeed = new Secret(readFileSync(nats.nkeyFiles[role], "utf8").trim());
  return connectBus(
    {
      servers: nats.servers,
      name: `test ${role}`,
      credentials: new BusCredentials({ ca: nats.ca, nkeySeed }),
      observe: (event) => seen.push(event),
    },
    AbortSignal.timeout(10_000),
  );
}

test("on a real NATS server with the shipped permissions", async (t) => {
  await using nats = await startNats();
  for (const [behaviour, check] of Object.entries(contract)) {
    await t.test(behaviour, async () => {
      await using connector = await connectAs(nats, "connector");
      await using gateway = await connectAs(nats, "gateway");
      await check({ connector, gateway });
    });
  }

  await t.test("a refused subject is a complaint, and the connection stays", async () => {
    const seen: BusEvent[] = [];
    await using connector = await connectAs(nats, "connector", seen);
    connector.publish(login, Buffer.from("a connector announces"));
    connector.subscribe("drawbridge.v1.*.login", { onMessage: () => undefined });
    await connector.flush(1_000);
    await connector.flush(1_000);
    assert.equal(seen.filter(({ kind }) => kind === "complaint").length, 2);
    assert.equal(connector.connected, true);
  });
});

test("a lost server is told, nothing is published meanwhile, and the connection comes back by itself", async () => {
  await using nats = await startNats();
  const seen: BusEvent[] = [];
  await using gateway = await connectAs(nats, "gateway", seen);
  const changes: boolean[] = [];
  let wake = (): void => undefined;
  gateway.onConnectionChange((connected) => {
    changes.push(connected);
    wake();
  });
  const change = (): Promise<void> => new Promise((resolve) => (wake = resolve));
  const [node] = nats.nodes;
  assert.ok(node !== undefined);

  const lost = change();
  await node.kill();
  await lost;
  assert.equal(gateway.connected, false);
  assert.equal(gateway.publish(login, Buffer.from("into the void"), reply), false);
  const back = change();
  await node.restart();
  await back;
  assert.deepEqual(changes, [false, true]);
  assert.equal(gateway.epoch, 2);
  assert.deepEqual(
    seen.map(({ kind }) => kind),
    ["connected", "disconnected", "connected"],
  );
});

test("a server that is frozen is left for another one, and what is published then arrives", async () => {
  await using nats = await startNats({ nodes: 3 });
  const seen: BusEvent[] = [];
  await using gateway = await connectAs(nats, "gateway", seen);
  const [first] = seen;
  assert.ok(first?.kind === "connected");
  const frozen = nats.nodes.find(({ address }) => first.server.includes(address));
  const other = nats.nodes.find((node) => node !== frozen);
  assert.ok(frozen !== undefined && other !== undefined);
  await using connector = await connectAs({ ...nats, servers: [other.url] }, "connector");
  const listener = listen(connector, login, "connectors");
  await connector.flush(1_000);

  const back = Promise.withResolvers<void>();
  gateway.onConnectionChange((connected) => connected && back.resolve());
  frozen.freeze();
  await back.promise;
  assert.equal(gateway.publish(login, Buffer.from("still here"), reply), true);
  assert.equal(Buffer.from((await listener.next()).payload).toString(), "still here");
  assert.deepEqual(
    seen.map(({ kind }) => kind),
    ["connected", "complaint", "disconnected", "connected"],
  );
});

test("a server that leads nowhere is left for another one when that is asked", async () => {
  await using nats = await startNats({ nodes: 3 });
  const seen: BusEvent[] = [];
  await using gateway = await connectAs(nats, "gateway", seen);
  const back = Promise.withResolvers<void>();
  gateway.onConnectionChange((connected) => connected && back.resolve());
  gateway.leave("nobody is heard there");
  await back.promise;
  const servers = seen.flatMap((event) => (event.kind === "connected" ? [event.server] : []));
  assert.equal(new Set(servers).size, 2);
  assert.equal(gateway.epoch, 2);
});

test("a server that can do no better than TLS 1.2 is not spoken to", async () => {
  await ensurePackages();
  await using scratch = await createScratch("old-tls");
  const authority = await createAuthority(scratch.folder);
  const { certificateFile, keyFile } = await authority.issue("old", {
    dns: ["localhost"],
    ip: ["127.0.0.1"],
  });
  const secureContext = createSecureContext({
    cert: readFileSync(certificateFile),
    key: readFileSync(keyFile),
    maxVersion: "TLSv1.2",
  });
  const refused = Promise.withResolvers<string>();
  const server = createServer((socket) => {
    socket.write(
      `INFO {"server_id":"x","version":"2.9.10","max_payload":1024,"tls_required":true,"nonce":"x"}\r\n`,
    );
    new TLSSocket(socket, { isServer: true, secureContext })
      .on("secure", () => refused.reject(new Error("it was spoken to")))
      .on("error", ({ message }) => refused.resolve(message));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const probed = await probeServer({
    server: `tls://127.0.0.1:${address.port}`,
    name: "test",
    credential: { ca: authority.ca },
    timeoutMs: 5_000,
  });
  assert.equal(probed.kind, "failed");
  assert.match(await refused.promise, /unsupported protocol|version/i);
  server.close();
});
