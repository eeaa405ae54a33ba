/**
 * Logins with Kerberos tickets through the whole system, as clients make them, and with parts of it dying under load.
 */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ticketLengthMax } from "../../src/login/attempt.ts";
import type { LoginAnswer } from "../support/drawbridge.ts";
import { startConnector } from "../support/drawbridge.ts";
import { firstServicePassword } from "../support/kerberos-realm.ts";
import { startTicketSystem } from "../support/ticket-system.ts";
import type { TicketSystem } from "../support/ticket-system.ts";

const perSecond = 60;
const logTimeoutMs = 10_000;

describe("Kerberos, from the browser's side to the directory", { timeout: 170_000 }, () => {
  let system: TicketSystem;
  let tickets: string;
  before(async () => {
    system = await startTicketSystem({ replicas: 3, natsNodes: 3 });
    tickets = await system.realm.logIn("ada");
  });
  after(() => system[Symbol.asyncDispose]());

  test("curl logs in with a ticket and without typing; without one it is asked, and that is all", async () => {
    const url = system.gateway.loginUrl.replace("login", "negotiate");
    const accepted = await system.realm.curl(url, tickets);
    assert.match(accepted, /^HTTP\/1\.1 200 OK\r\n/m);
    assert.match(accepted, /www-authenticate: Negotiate oY/);
    assert.match(accepted, /"outcome":"accepted".*"accountName":"ada".*"name":"Engineers"/);
    const asked = await system.realm.curl(url, "FILE:/nonexistent");
    assert.match(asked, /^HTTP\/1\.1 401 Unauthorized\r\n/);
    assert.match(asked, /"code":"no_ticket"/);
  });

  test("a recorded token is refused by every replica", async () => {
    const [token] = await system.realm.tokens(tickets);
    assert.equal((await system.gateway.negotiate(token)).status, 200);
    const refusing = async (): Promise<number> => {
      const labels = { reason: "ticket_replayed" };
      const counts = await Promise.all(
        system.replicas.map((replica) => replica.readMetric("drawbridge_verifications_total", labels)),
      );
      return counts.filter((count) => count > 0).length;
    };
    // The queue group picks at random.
    for (let tries = 0; tries < 100 && (await refusing()) < system.replicas.length; tries += 1) {
      const answer = await system.gateway.negotiate(token);
      assert.equal(answer.status, 401);
      assert.equal(answer.body["reason"], "ticket_replayed");
    }
    assert.equal(await refusing(), system.replicas.length);
  });

  test("a genuine token of 48 KiB lets its person in", async () => {
    const [token = ""] = await system.realm.tokens(await system.realm.logInWithLongTicket("ada"));
    assert.ok(token.length > 0.97 * ticketLengthMax && token.length <= ticketLengthMax, String(token.length));
    assert.equal((await system.gateway.negotiate(token)).status, 200);
  });

  test("a keytab is rotated under load, and no login is lost", async () => {
    const version = await system.realm.keyVersion();
    const next = "Second-Portcullis-9";
    const old = await system.realm.tokens(tickets, { count: 4 * perSecond });
    const load = logInAll(old);
    await system.replaceKeytab(system.realm.keytab({ [version]: firstServicePassword, [version + 1]: next }));
    for (const replica of system.replicas) {
      await replica.findLog(({ msg }) => msg === "secrets_renewed", logTimeoutMs);
    }
    await system.realm.setPassword(next);
    const fresh = await system.realm.tokens(await system.realm.logIn("grace"), { count: perSecond });
    assert.deepEqual(countOf([...(await load), ...(await logInAll(fresh))]), { "200": 5 * perSecond });
  });

  test("replicas whose native part crashes lose nobody, and its passwords notice nothing", async () => {
    const tokens = await system.realm.tokens(tickets, { count: 2 * perSecond });
    const load = logInAll(tokens);
    const passwords = Array.from({ length: 20 }, async (_, index) => {
      await sleep(index * 50);
      return system.gateway.login({ username: "grace", password: system.samba.password });
    });
    await sleep(500);
    // All but one: while nobody could open a ticket, there would be no way in.
    const crashing = system.replicas.slice(1);
    for (const replica of crashing) process.kill(await system.acceptorOf(replica), "SIGSEGV");
    assert.deepEqual(countOf(await Promise.all(passwords)), { "200": 20 });
    assert.deepEqual(countOf(await load), { "200": tokens.length });
    for (const replica of crashing) {
      assert.equal(await replica.readMetric("drawbridge_acceptor_deaths_total"), 1);
    }
  });

  test("one replica killed, one frozen: every ticket lets its person in", async () => {
    const tokens = await system.realm.tokens(tickets, { count: 6 * perSecond });
    const [killed, frozen] = system.replicas;
    assert.ok(killed !== undefined && frozen !== undefined);
    const faults = [
      sleep(1_000).then(() => killed.kill()),
      sleep(2_000).then(() => frozen.freeze()),
      sleep(4_500).then(() => frozen.thaw()),
    ];
    const answers = await logInAll(tokens);
    await Promise.all(faults);
    assert.deepEqual(countOf(answers), { "200": tokens.length });
    const sorted = answers.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
    console.log(`p50 ${sorted[sorted.length >> 1]?.toFixed(0)} ms, slowest ${sorted.at(-1)?.toFixed(0)} ms`);
  });

  test("while a NATS node's death stops the store, tickets wait and are never denied, and passwords go on", async () => {
    const tokens = await system.realm.tokens(tickets, { count: 2 * perSecond });
    const [node] = system.nats.nodes;
    assert.ok(node !== undefined);
    const load = logInAll(tokens);
    await node.kill();
    const passwords = Array.from({ length: 20 }, async (_, index) => {
      await sleep(index * 100);
      return system.gateway.login({ username: "grace", password: system.samba.password });
    });
    assert.deepEqual(countOf(await Promise.all(passwords)), { "200": 20 });
    const counts = countOf(await load);
    const { "200": accepted = 0, "503 replays_unknown": unknown = 0 } = counts;
    console.log(`${accepted} tickets accepted, ${unknown} without an answer of the store in time`);
    assert.equal(accepted + unknown, tokens.length, JSON.stringify(counts));
  });

  test("a connector whose clock is ten minutes off does not start", async () => {
    const start = startConnector({ ...system.connector, circumstances: { clockOffsetSeconds: 600 } });
    await assert.rejects(start, /clock and the controllers' are over 5 minutes apart/);
  });

  /** Open loop: each begins when its time has come, however long the ones before it take. */
  async function logInAll(tokens: readonly string[]): Promise<readonly LoginAnswer[]> {
    const startedAt = performance.now();
    const answers: Promise<LoginAnswer>[] = [];
    for (const [index, token] of tokens.entries()) {
      const wait = startedAt + (index * 1_000) / perSecond - performance.now();
      if (wait > 0) await sleep(wait);
      answers.push(system.gateway.negotiate(token));
    }
    return Promise.all(answers);
  }
});

function countOf(answers: readonly LoginAnswer[]): Readonly<Record<string, number>> {
  const groups = Map.groupBy(answers, ({ status, body }) =>
    [status, body["reason"], body["fault"]].filter((part) => part !== undefined).join(" "),
  );
  return Object.fromEntries([...groups].map(([key, list]) => [key, list.length]));
}
