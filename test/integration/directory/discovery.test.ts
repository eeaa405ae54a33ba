/**
 * Controllers that DNS names: found, sorted, refreshed, kept.
 */

import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Discovery } from "../../../src/directory/discovery/discovery.ts";
import type { Discovered, DiscoveryOptions } from "../../../src/directory/discovery/discovery.ts";
import { Secret } from "../../../src/login/secret.ts";
import { startDnsServer } from "../../support/dns-server.ts";
import type { DnsReply, DnsServer, SrvAnswer } from "../../support/dns-server.ts";
import { startSamba } from "../../support/samba.ts";
import { openEngine, reasonOf } from "./opened-directory.ts";

const everywhere = "_ldap._tcp.dc._msdcs.example.test";
const inBerlin = "_ldap._tcp.berlin._sites.dc._msdcs.example.test";

function zone(records: Readonly<Record<string, readonly SrvAnswer[]>>): DnsServer["answer"] {
  return ({ name }): DnsReply => {
    const found = records[name];
    return found === undefined ? { code: 3 } : { records: found };
  };
}

interface Found extends Disposable {
  /** Host and port of each, for each time. */
  readonly lists: readonly (readonly string[])[];
  readonly told: readonly Discovered[];
  next(): Promise<readonly string[]>;
  nextTold(): Promise<Discovered>;
}

function discover(server: DnsServer, options: Partial<DiscoveryOptions> = {}): Found {
  const lists: (readonly string[])[] = [];
  const told: Discovered[] = [];
  let wake = Promise.withResolvers<void>();
  let [listsSeen, toldSeen] = [0, 0];
  const discovery = new Discovery(
    {
      domain: "example.test",
      service: "ldap",
      nameServers: [server.address],
      now: () => performance.now(),
      observe(event) {
        told.push(event);
        wake.resolve();
      },
      ...options,
    },
    (controllers) => {
      lists.push(controllers.map(({ host, port }) => `${host}:${port}`));
      wake.resolve();
    },
  );
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) {
      await wake.promise;
      wake = Promise.withResolvers();
    }
  };
  return {
    lists,
    told,
    async next() {
      await until(() => lists.length > listsSeen);
      return lists[listsSeen++] ?? [];
    },
    async nextTold() {
      await until(() => told.length > toldSeen);
      return told[toldSeen++] ?? { result: "none" };
    },
    [Symbol.dispose]: () => discovery[Symbol.dispose](),
  };
}

describe("discovery", { timeout: 30_000 }, () => {
  test("by priority and weight", async () => {
    await using server = await startDnsServer(
      zone({
        [everywhere]: [
          { target: "last.example.test", priority: 20 },
          { target: "rarely.example.test", priority: 10, weight: 0 },
          { target: "first.example.test", priority: 0, weight: 1 },
          { target: "mostly.example.test", priority: 10, weight: 65_535 },
        ],
      }),
    );
    using found = discover(server);
    assert.deepEqual(await found.next(), [
      "first.example.test:389",
      "mostly.example.test:389",
      "rarely.example.test:389",
      "last.example.test:389",
    ]);
    assert.deepEqual(await found.nextTold(), { result: "ok", count: 4 });
  });

  test("those of the own site first, whatever their priority, and each once", async () => {
    await using server = await startDnsServer(
      zone({
        [everywhere]: [
          { target: "paris.example.test", priority: 0 },
          { target: "berlin.example.test", priority: 50 },
        ],
        [inBerlin]: [{ target: "berlin.example.test", priority: 50 }],
      }),
    );
    using found = discover(server, { site: "berlin" });
    assert.deepEqual(await found.next(), ["berlin.example.test:389", "paris.example.test:389"]);
  });

  test("a site that DNS does not know costs nothing but its preference", async () => {
    await using server = await startDnsServer(zone({ [everywhere]: [{ target: "paris.example.test" }] }));
    using found = discover(server, { site: "berlin" });
    assert.deepEqual(await found.next(), ["paris.example.test:389"]);
  });

  test("a directory that is no Active Directory, and a global catalog, by names of their own", async () => {
    await using server = await startDnsServer(
      zone({
        "_ldap._tcp.example.test": [{ target: "ldap.example.test", port: 1389 }],
        "_ldap._tcp.gc._msdcs.example.test": [{ target: "gc.child.example.test", port: 3268 }],
      }),
    );
    using plain = discover(server);
    assert.deepEqual(await plain.next(), ["ldap.example.test:1389"]);
    using catalog = discover(server, { service: "global_catalog" });
    assert.deepEqual(await catalog.next(), ["gc.child.example.test:3268"]);
  });

  test("hosts outside the domain are not believed", async () => {
    await using server = await startDnsServer(
      zone({
        [everywhere]: [{ target: "evil.test" }, { target: "notexample.test" }, { target: "example.test" }],
      }),
    );
    using found = discover(server);
    assert.deepEqual(await found.nextTold(), { result: "foreign" });
    server.answer = zone({ [everywhere]: [{ target: "evil.test" }, { target: "dc1.example.test" }] });
    assert.deepEqual(await found.next(), ["dc1.example.test:389"]);
  });

  test("a DNS that is down is asked again until it answers", async () => {
    await using server = await startDnsServer(() => ({ code: 2 }));
    using found = discover(server);
    assert.deepEqual(await found.nextTold(), { result: "refused" });
    server.answer = () => ({ code: 3 });
    assert.deepEqual(await found.nextTold(), { result: "none" });
    assert.deepEqual(found.lists, []);
    server.answer = zone({ [everywhere]: [{ target: "dc1.example.test" }] });
    assert.deepEqual(await found.next(), ["dc1.example.test:389"]);
  });

  test("at most 64 controllers are taken", async () => {
    const many = Array.from({ length: 100 }, (_, index) => ({ target: `dc${index}.example.test` }));
    await using server = await startDnsServer(({ over }) =>
      over === "udp" ? { records: [], truncated: true } : { records: many },
    );
    using found = discover(server);
    assert.equal((await found.next()).length, 64);
  });
});

describe("as time goes by", { timeout: 30_000 }, () => {
  const look = async (found: Found, seconds: number): Promise<void> => {
    mock.timers.tick(seconds * 1_000);
    await found.nextTold();
  };

  test("DNS is asked again when its records expire, within bounds", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      let ttl = 600;
      await using server = await startDnsServer(() => ({ records: [{ target: "dc1.example.test", ttl }] }));
      using found = discover(server);
      await found.nextTold();
      mock.timers.tick(539_000);
      assert.equal(server.questions.length, 1, "a tenth is left to chance");
      ttl = 0;
      await look(found, 61);
      mock.timers.tick(26_000);
      assert.equal(server.questions.length, 2);
      ttl = 2 ** 30;
      await look(found, 4);
      await look(found, 3_600);
      assert.equal(server.questions.length, 4);
    } finally {
      mock.timers.reset();
    }
  });

  test("a controller that DNS names no longer is left, and a DNS that is silent takes none away", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      let targets = ["dc1.example.test", "dc2.example.test"];
      await using server = await startDnsServer(({ name }) =>
        name === everywhere ? { records: targets.map((target) => ({ target, ttl: 30 })) } : { code: 3 },
      );
      await using opened = openEngine({
        preset: "active-directory",
        controllers: [],
        discovery: { nameServers: [server.address] },
        baseDn: "DC=example,DC=test",
        serviceAccount: { name: "svc@example.test", password: new Secret("password") },
      });
      const told = (): readonly string[] =>
        opened.events.flatMap((event) => (event.kind === "discovery" ? [event.result] : []));
      const names = (): readonly string[] =>
        opened.engine.connectionCounts().map(({ controller }) => controller);
      const lookUp = async (seconds: number): Promise<void> => {
        const before = told().length;
        mock.timers.tick(seconds * 1_000);
        while (told().length === before) await setImmediate();
      };
      await lookUp(0);
      assert.deepEqual(names().toSorted(), ["dc1.example.test:636", "dc2.example.test:636"]);
      targets = ["dc2.example.test", "dc3.example.test"];
      await lookUp(30);
      assert.deepEqual(names().toSorted(), ["dc2.example.test:636", "dc3.example.test:636"]);
      const left = opened.events.filter((event) => event.kind === "controller" && event.why === "not_named");
      assert.deepEqual(
        left.map((event) => event.kind === "controller" && event.controller),
        ["dc1.example.test:636"],
      );
      targets = [];
      await lookUp(30);
      assert.equal(told().at(-1), "none");
      assert.equal(names().length, 2);
    } finally {
      mock.timers.reset();
    }
  });
});

describe("the controllers of a real domain, by its own DNS", { timeout: 90_000 }, () => {
  test("one, then a second that has joined, and logins go on without the one that was used, the DNS's own machine or not", async () => {
    await using dc1 = await startSamba({ services: "all" });
    await dc1.registerIn(dc1);
    const { ca, baseDn, serviceAccount } = dc1;
    await using opened = openEngine({
      preset: "active-directory",
      controllers: [],
      discovery: { site: "Default-First-Site-Name", nameServers: [dc1.address] },
      ca,
      baseDn,
      serviceAccount: { name: serviceAccount.name, password: new Secret(serviceAccount.password) },
    });
    await opened.until(() => opened.engine.controller() === "dc1.example.test:636");
    assert.equal(reasonOf(await opened.logIn("ada", dc1.password)), "accepted");

    await using dc2 = await startSamba({ joins: dc1 });
    await dc2.registerIn(dc1);
    await using both = openEngine({
      preset: "active-directory",
      controllers: [],
      discovery: { domain: "example.test", nameServers: [dc1.address] },
      ca,
      baseDn,
      serviceAccount: { name: serviceAccount.name, password: new Secret(serviceAccount.password) },
    });
    await both.until(() => both.engine.connectionCounts().length === 2);
    await both.until(() => both.events.filter((event) => event.kind === "controller").length === 2);
    // A controller counts for itself what is wrong there, as every one of a real domain does.
    assert.equal(reasonOf(await both.logIn("ada", "wrong")), "bad_credentials");
    const counts = await Promise.all([dc1.badPwdCount("ada"), dc2.badPwdCount("ada")]);
    assert.deepEqual(
      counts.toSorted((a, b) => a - b),
      [0, 1],
    );
    const used = counts[0] === 1 ? dc1 : dc2;
    await used.kill();
    assert.equal(reasonOf(await both.logIn("ada", dc1.password)), "accepted");
    await used.restart();
  });
});
