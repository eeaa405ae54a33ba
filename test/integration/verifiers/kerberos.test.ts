/**
 * Tickets of a real KDC, checked by the native library and a real Active Directory: each failure with its reason.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Attribute, Change } from "ldapts";
import { createSharedTickets, ticketsBucket } from "../../../src/connector/shared-tickets.ts";
import { createAttemptId, ticketLengthMax } from "../../../src/login/attempt.ts";
import type { AttemptId, KerberosAttempt } from "../../../src/login/attempt.ts";
import { Deadline } from "../../../src/login/deadline.ts";
import type { Verifier, VerifierEnd } from "../../../src/login/ports.ts";
import { Secret } from "../../../src/login/secret.ts";
import { Acceptors } from "../../../src/verifiers/kerberos/acceptors.ts";
import { createKerberosVerifier } from "../../../src/verifiers/kerberos/kerberos.ts";
import { startForeignRealm } from "../../support/foreign-realm.ts";
import { createRealm, firstServicePassword } from "../../support/kerberos-realm.ts";
import type { KerberosRealm } from "../../support/kerberos-realm.ts";
import { withLdap } from "../../support/ldap-client.ts";
import { corp } from "../../support/memory-system.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { startSamba } from "../../support/samba.ts";
import type { Samba } from "../../support/samba.ts";
import { lockoutThreshold } from "../../support/samba-seed.ts";
import { openDirectory } from "../directory/opened-directory.ts";
import type { OpenedDirectory } from "../directory/opened-directory.ts";

const deadlineMs = 8_000;

describe("Kerberos tickets", { timeout: 170_000 }, () => {
  let samba: Samba;
  let realm: KerberosRealm;
  let opened: OpenedDirectory;
  let store: MemoryStore;
  let version: number;
  let tickets: string;
  let acceptors: Acceptors;
  let verifier: Verifier<KerberosAttempt>;
  /** Of the whole suite: what a test starts is what is new. */
  let known: ReadonlySet<number>;
  before(async () => {
    samba = await startSamba({ services: "all" });
    realm = await createRealm(samba);
    opened = await openDirectory([samba]);
    store = new MemoryStore();
    version = await realm.keyVersion();
    tickets = await realm.logIn("ada");
    acceptors = await startWith({ [version]: firstServicePassword });
    verifier = verifierOf(acceptors);
    known = new Set(acceptorProcesses());
  });
  after(async () => {
    acceptors[Symbol.dispose]();
    await opened[Symbol.asyncDispose]();
    await realm[Symbol.asyncDispose]();
    await samba[Symbol.asyncDispose]();
  });

  async function startWith(passwords: Readonly<Record<number, string>>): Promise<Acceptors> {
    const started = await Acceptors.start(realm.keytab(passwords), () => {});
    assert.ok(!("problem" in started));
    return started;
  }

  /** As another replica of the same connection would have it. */
  function verifierOf(of: Acceptors, realms = { [realm.name]: "example.test" }): Verifier<KerberosAttempt> {
    return createKerberosVerifier({
      acceptors: of,
      clock: { isRight: true },
      directory: opened.engine,
      realms: new Map(Object.entries(realms)),
      memory: createSharedTickets({
        bucket: store.bucket(ticketsBucket),
        whenUnavailable: "refuse",
        now: () => performance.now(),
        observe: () => {},
      }),
    });
  }

  async function check(token: string | undefined, by = verifier, id?: AttemptId): Promise<VerifierEnd> {
    assert.ok(token !== undefined);
    const attempt: KerberosAttempt = {
      id: id ?? createAttemptId(randomBytes),
      connection: corp,
      method: "kerberos",
      token: new Secret(token),
    };
    return by.verify(attempt, {
      deadline: Deadline.after(deadlineMs),
      report: () => {},
      aside: (work) => work,
      permitBind: async () => assert.fail("a ticket needs no bind"),
      mayBind: false,
    });
  }

  test("a good one is accepted, with groups, and with the answer for mutual authentication", async () => {
    const [token] = await realm.tokens(tickets);
    const end = await check(token);
    assert.equal(end.outcome, "accepted");
    assert.ok(end.outcome === "accepted");
    assert.equal(end.identity.accountName, "ada");
    const groups = end.identity.groups.map(({ name }) => name);
    for (const name of ["Engineers", "Technology", "Staff"]) assert.ok(groups.includes(name), name);
    assert.match(end.answerToken ?? "", /^oY[A-Za-z0-9+/=]{50,}$/);
    assert.equal(end.password, undefined);
  });

  test("an enterprise name is the account with that principal name", async () => {
    const enterprise = await realm.logIn("ada@example.test", { isEnterprise: true });
    const [token] = await realm.tokens(enterprise);
    const end = await check(token);
    assert.ok(end.outcome === "accepted" && end.identity.accountName === "ada");
  });

  test("a name with other letters is nobody else's", async () => {
    const [token] = await realm.tokens(await realm.logIn("zoë"));
    const end = await check(token);
    assert.ok(end.outcome === "accepted" && end.identity.accountName === "zoë");
  });

  test("a replay is refused by the replica that took it and by every other", async () => {
    const [token] = await realm.tokens(tickets);
    assert.equal((await check(token)).outcome, "accepted");
    const other = verifierOf(acceptors);
    for (const by of [verifier, other]) {
      assert.deepEqual(await check(token, by), { outcome: "denied", reason: "ticket_replayed" });
    }
  });

  test("a replay in another wrapping is a replay", async () => {
    const [token = ""] = await realm.tokens(tickets);
    assert.equal((await check(token)).outcome, "accepted");
    // The same lengths, written in one byte more: another text, and the same ticket to the library.
    const rewrapped = withLongerLength(Buffer.from(token, "base64")).toString("base64");
    assert.notEqual(rewrapped, token);
    assert.deepEqual(await check(rewrapped), { outcome: "denied", reason: "ticket_replayed" });
  });

  test("the same attempt at the next replica, after the first one died, is no replay", async () => {
    const [token] = await realm.tokens(tickets);
    const id = createAttemptId(randomBytes);
    assert.equal((await check(token, verifier, id)).outcome, "accepted");
    assert.equal((await check(token, verifierOf(acceptors), id)).outcome, "accepted");
  });

  test("a client whose clock is off by ten minutes", async () => {
    const [token] = await realm.tokens(tickets, { clockOffsetSeconds: 600 });
    assert.deepEqual(await check(token), { outcome: "denied", reason: "ticket_clock_skew" });
  });

  test("a key that is not the KDC's", async () => {
    using wrong = await startWith({ [version]: "Another-Portcullis-9" });
    const [token] = await realm.tokens(tickets);
    const expected = { outcome: "denied", reason: "ticket_wrong_key" };
    assert.deepEqual(await check(token, verifierOf(wrong)), expected);
  });

  test("a key older than any in the keytab", async () => {
    using newer = await startWith({ [version + 2]: "Another-Portcullis-9" });
    const [token] = await realm.tokens(tickets);
    const expected = { outcome: "denied", reason: "ticket_old_key" };
    assert.deepEqual(await check(token, verifierOf(newer)), expected);
  });

  test("a key newer than any in the keytab: another replica may have it", async () => {
    using older = await startWith({ [version - 1]: "Another-Portcullis-9" });
    const [token] = await realm.tokens(tickets);
    const expected = { outcome: "returned", why: "keytab_outdated" };
    assert.deepEqual(await check(token, verifierOf(older)), expected);
  });

  test("a ticket for another service", async () => {
    const [token] = await realm.tokens(tickets, { host: "dc1.example.test" });
    assert.deepEqual(await check(token), { outcome: "denied", reason: "ticket_wrong_service" });
  });

  test("a realm that is not in the table, however good the ticket", async () => {
    const [token] = await realm.tokens(tickets);
    const strict = verifierOf(acceptors, { "PARTNER.TEST": "example.test" });
    assert.deepEqual(await check(token, strict), { outcome: "denied", reason: "ticket_foreign_realm" });
  });

  test("somebody of the same name in another company's realm, whose service key is in the keytab", async () => {
    await using partner = await startForeignRealm(realm.host);
    const ours = realm.keytab({ [version]: firstServicePassword });
    const started = await Acceptors.start(Buffer.concat([ours, partner.keytab.subarray(2)]), () => {});
    assert.ok(!("problem" in started));
    using both = started;
    const stranger = { outcome: "denied", reason: "ticket_foreign_realm" };
    assert.deepEqual(await check(await partner.token(), verifierOf(both)), stranger);
    const [token] = await realm.tokens(tickets);
    assert.equal((await check(token, verifierOf(both))).outcome, "accepted");
  });

  test("a genuine token of 48 KiB", async () => {
    const long = await realm.logInWithLongTicket("ada");
    const [token = ""] = await realm.tokens(long);
    assert.ok(token.length > 0.97 * ticketLengthMax && token.length <= ticketLengthMax, String(token.length));
    const end = await check(token);
    assert.ok(end.outcome === "accepted" && end.identity.accountName === "ada");
  });

  test("NTLM, junk, and a ticket somebody changed", async () => {
    const ntlm = Buffer.from("NTLMSSP\0\u0001\0\0\0").toString("base64");
    assert.deepEqual(await check(ntlm), { outcome: "denied", reason: "ticket_ntlm" });
    assert.deepEqual(await check("YIIB"), { outcome: "denied", reason: "ticket_malformed" });
    const [token = ""] = await realm.tokens(tickets);
    const changed = Buffer.from(token, "base64");
    changed[changed.length - 20] = (changed.at(-20) ?? 0) ^ 1;
    const end = await check(changed.toString("base64"));
    assert.deepEqual(end, { outcome: "denied", reason: "ticket_wrong_key" });
  });

  const states: readonly (readonly [string, Readonly<Record<string, string | Buffer>>])[] = [
    ["account_disabled", { userAccountControl: "66050" }],
    ["account_expired", { accountExpires: "132223104000000000" }],
    ["logon_hours", { logonHours: Buffer.alloc(21) }],
  ];
  for (const [index, [reason, change]] of states.entries()) {
    test(`a valid ticket of somebody who has since become: ${reason}`, async () => {
      const account = `user0${index + 1}`;
      const [earlier, later] = await realm.tokens(await realm.logIn(account), { count: 2 });
      assert.equal((await check(earlier)).outcome, "accepted");
      const changes = Object.entries(change).map(
        ([type, value]) =>
          new Change({
            operation: "replace",
            modification: new Attribute({ type, values: [value] as string[] }),
          }),
      );
      await samba.asAdministrator((client) => client.modify(samba.distinguishedName(account), changes));
      assert.deepEqual(await check(later), { outcome: "denied", reason });
    });
  }

  test("a valid ticket of somebody whom wrong passwords have locked out since", async () => {
    const account = "user04";
    const [earlier, later] = await realm.tokens(await realm.logIn(account), { count: 2 });
    assert.equal((await check(earlier)).outcome, "accepted");
    const { url, ca } = samba;
    const wrong = { url, ca, name: `${account}@example.test`, password: "wrong" };
    for (let failures = 0; failures < lockoutThreshold; failures += 1) {
      await assert.rejects(withLdap(wrong, async () => {}));
    }
    assert.deepEqual(await check(later), { outcome: "denied", reason: "account_locked" });
  });

  test("keys of several versions are good at once, and a renewed keytab loses no ticket", async () => {
    using own = await startWith({ [version]: firstServicePassword });
    const by = verifierOf(own);
    const next = "Second-Portcullis-9";
    const [old1, old2] = await realm.tokens(tickets, { count: 2 });
    assert.equal(
      await own.renewKeytab(realm.keytab({ [version]: firstServicePassword, [version + 1]: next })),
      undefined,
    );
    await realm.setPassword(next);
    assert.equal(await realm.keyVersion(), version + 1);
    const [fresh] = await realm.tokens(await realm.logIn("grace"));
    for (const token of [old1, fresh, old2]) assert.equal((await check(token, by)).outcome, "accepted");
  });

  test("a broken keytab is refused, and the one before goes on serving", async () => {
    using own = await startWith({ [version]: firstServicePassword });
    assert.match((await own.renewKeytab(Buffer.from("not a keytab"))) ?? "", /not a keytab/);
    const [token] = await realm.tokens(tickets);
    assert.equal((await check(token, verifierOf(own))).outcome, "accepted");
  });

  test("a crash in the native part costs what it was at work on, nothing else, and heals", async () => {
    let deaths = 0;
    const started = await Acceptors.start(
      realm.keytab({ [version]: firstServicePassword }),
      () => (deaths += 1),
    );
    assert.ok(!("problem" in started));
    using own = started;
    const by = verifierOf(own);
    const tokens = await realm.tokens(tickets, { count: 3 });
    const [first, second, third] = tokens;
    for (const [token, signal] of [
      [first, "SIGSEGV"],
      [second, "SIGSTOP"],
    ] as const) {
      const earlier = deaths;
      const [pid] = acceptorProcesses().filter((one) => !known.has(one));
      assert.ok(pid !== undefined);
      process.kill(pid, signal);
      const end = await check(token, by);
      assert.deepEqual(end, { outcome: "returned", why: "ticket_check_down" });
      assert.equal(by.ready, false);
      await until(() => deaths === earlier + 1 && by.ready === true);
    }
    assert.equal((await check(third, by)).outcome, "accepted");
  });

  test("the process that opens tickets ends with the one that asks it", async () => {
    const own = await startWith({ [version]: firstServicePassword });
    const [pid] = acceptorProcesses().filter((one) => !known.has(one));
    assert.ok(pid !== undefined);
    own[Symbol.dispose]();
    await until(() => !acceptorProcesses().includes(pid));
  });
});

/** Our own children. */
function acceptorProcesses(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const isAcceptor = readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("acceptor-process");
        return (
          isAcceptor &&
          readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[1] === String(process.pid)
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!condition()) {
    assert.ok(performance.now() < giveUpAt, "waited for 10 s");
    await sleep(10);
  }
}

/** The outermost length in four bytes instead of three. */
function withLongerLength(token: Buffer): Buffer {
  assert.equal(token[1], 0x82);
  return Buffer.concat([token.subarray(0, 1), Buffer.from([0x83, 0]), token.subarray(2)]);
}
