/**
 * What only Microsoft's Active Directory does, on the wire, by a stub that is told to do it.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DirectoryOptions } from "../../../src/directory/directory-options.ts";
import { Secret } from "../../../src/login/secret.ts";
import { startLdapStub } from "../../support/ldap-stub.ts";
import type { LdapStub, StubAnswer, StubEntry, StubOptions, StubRequest } from "../../support/ldap-stub.ts";
import { openEngine, reasonOf } from "./opened-directory.ts";
import type { OpenedDirectory } from "./opened-directory.ts";

const baseDn = "DC=example,DC=test";
const service = { name: "svc@example.test", password: new Secret("service") };
const right = "right";
const adaDn = `CN=Ada Lovelace,CN=Users,${baseDn}`;
const domainUsers = sidBytes(513);

function sidBytes(rid: number): Buffer {
  const bytes = Buffer.from("01050000000000051500000001000000020000000300000000000000", "hex");
  bytes.writeUInt32LE(rid, 24);
  return bytes;
}

const ada: StubEntry = {
  dn: adaDn,
  attributes: {
    // Spelled as no request spells them.
    OBJECTGUID: [Buffer.from("00112233445566778899aabbccddeeff", "hex")],
    samaccountname: ["ada"],
    objectsid: [sidBytes(1104)],
    badPasswordTime: ["0"],
    primaryGroupID: ["513"],
  },
};

interface Behaviour {
  readonly people?: readonly StubEntry[];
  readonly groups?: readonly Buffer[];
  /** What one search for an account brings beside the people. */
  readonly references?: readonly string[];
  /** Says what is done otherwise; undefined where nothing is. */
  readonly instead?: (request: StubRequest) => StubAnswer | undefined;
}

/** As a controller answers: binds by name and password, searches by account name, groups by identifier. */
function microsoft({
  people = [ada],
  groups = [domainUsers],
  references = [],
  instead,
}: Behaviour): StubOptions["answer"] {
  return (request) => {
    const other = instead?.(request);
    if (other !== undefined) return other;
    if (request.kind === "bind") {
      // RFC 4513 §5.1.2: an empty password is no log-in at all, and that succeeds.
      const isRight =
        request.password === "" || request.password === (request.name === service.name ? "service" : right);
      return isRight ? {} : wrong("52e");
    }
    if (request.base === "") return { entries: [{ dn: "", attributes: {} }] };
    if (request.attributes.some((name) => name.startsWith("tokenGroups"))) {
      return { entries: [{ dn: adaDn, attributes: { tokenGroups: groups } }] };
    }
    if (request.assertions.every(([attribute]) => attribute === "objectSid")) {
      return { entries: request.assertions.map(([, sid]) => groupOf(Buffer.from(sid))) };
    }
    const named = people.filter(({ attributes }) =>
      request.assertions.some(
        ([name, value]) => name === "sAMAccountName" && attributes["samaccountname"]?.[0] === value,
      ),
    );
    return {
      entries: request.scope === 0 ? people.filter(({ dn }) => dn === request.base) : named,
      references,
    };
  };
}

function groupOf(sid: Buffer): StubEntry {
  const name = `group ${sid.toString("hex").slice(-8)}`;
  return { dn: `CN=${name},${baseDn}`, attributes: { objectSid: [sid], sAMAccountName: [name] } };
}

function wrong(data: string): StubAnswer {
  const diagnostic = `80090308: LdapErr: DSID-0C09050F, comment: AcceptSecurityContext error, data ${data}, v4f7c`;
  return { code: 49, diagnostic };
}

async function open(stub: LdapStub, options: Partial<DirectoryOptions> = {}): Promise<OpenedDirectory> {
  const opened = openEngine({
    preset: "active-directory",
    controllers: [stub.url],
    ca: stub.authority.ca,
    baseDn,
    serviceAccount: service,
    ...options,
  });
  await opened.until(() => opened.engine.controller() !== undefined);
  return opened;
}

describe("what only Microsoft's Active Directory does", { timeout: 60_000 }, () => {
  test("sub-code 525 of a bind: the account went away after it was found", async () => {
    const instead = (request: StubRequest): StubAnswer | undefined =>
      request.kind === "bind" && request.name === adaDn ? wrong("525") : undefined;
    await using stub = await startLdapStub({ answer: microsoft({ instead }) });
    await using opened = await open(stub);
    assert.equal(reasonOf(await opened.logIn("ada", right)), "unknown_account");
  });

  for (const [data, reason] of [
    ["52e", "bad_credentials"],
    ["530", "logon_hours"],
    ["531", "workstation_restricted"],
    ["532", "password_expired"],
    ["533", "account_disabled"],
    ["534", "logon_type_not_granted"],
    ["701", "account_expired"],
    ["773", "password_must_change"],
    ["775", "account_locked"],
  ] as const) {
    test(`sub-code ${data} is ${reason}`, async () => {
      const instead = (request: StubRequest): StubAnswer | undefined =>
        request.kind === "bind" && request.name === adaDn ? wrong(data) : undefined;
      await using stub = await startLdapStub({ answer: microsoft({ instead }) });
      await using opened = await open(stub);
      assert.equal(reasonOf(await opened.logIn("ada", right)), reason);
    });
  }

  test("success for an empty password lets nobody in: it is never sent", async () => {
    await using stub = await startLdapStub({ answer: microsoft({}) });
    await using opened = await open(stub);
    assert.equal(reasonOf(await opened.logIn("ada", "")), "bad_credentials");
    assert.equal(reasonOf(await opened.logIn("ada", right)), "accepted");
    const passwords = stub.requests.flatMap((request) => (request.kind === "bind" ? [request.password] : []));
    assert.ok(passwords.length >= 2 && passwords.every((password) => password !== ""));
  });

  test("binary values are read whatever the server's spelling of their attributes", async () => {
    await using stub = await startLdapStub({ answer: microsoft({}) });
    await using opened = await open(stub);
    const end = await opened.logIn("ada", right);
    assert.ok(end.outcome === "accepted", reasonOf(end));
    assert.equal(end.identity.subjectId, "33221100-5544-7766-8899-aabbccddeeff");
    assert.equal(end.identity.sid, "S-1-5-21-1-2-3-1104");
  });

  test("attributes that come in ranges are read to their end, binary ones too", async () => {
    const sids = Array.from({ length: 1_234 }, (_, index) => sidBytes(2_000 + index));
    const names = Array.from({ length: 640 }, (_, index) => `CN=Group ${index},${baseDn}`);
    const sets: Readonly<Record<string, readonly (string | Buffer)[]>> = {
      tokenGroups: sids,
      memberOf: names,
    };
    const instead = (request: StubRequest): StubAnswer | undefined => {
      if (request.kind === "bind") return undefined;
      const ranges = request.attributes.flatMap((asked) => {
        const [, name = asked, from = "0"] = /^(.*);range=(\d+)-\*$/.exec(asked) ?? [];
        const all = sets[name];
        if (all === undefined) return [];
        const end = Math.min(all.length, Number(from) + 100);
        const last = end === all.length ? "*" : String(end - 1);
        return [
          [name, []] as const,
          [`${name};range=${from}-${last}`, all.slice(Number(from), end)] as const,
        ];
      });
      if (ranges.length === 0) return undefined;
      return { entries: [{ dn: adaDn, attributes: { ...ada.attributes, ...Object.fromEntries(ranges) } }] };
    };
    await using stub = await startLdapStub({ answer: microsoft({ instead }) });
    await using opened = await open(stub, {
      profile: { groups: { attribute: "memberOf", pick: "CN", multiple: true } },
    });
    const end = await opened.logIn("ada", right);
    assert.ok(end.outcome === "accepted", reasonOf(end));
    assert.equal(end.identity.groups.length, sids.length);
    assert.equal(end.identity.groupsRead, "complete");
    assert.equal(end.identity.groups[0]?.sid, "S-1-5-21-1-2-3-2000");
    assert.deepEqual(
      end.identity.profile["groups"],
      names.map((_, index) => `Group ${index}`),
    );
  });

  test("a server whose ranges never end costs one login and no more", async () => {
    const instead = (request: StubRequest): StubAnswer | undefined =>
      request.kind === "search" && request.attributes.some((name) => name.startsWith("tokenGroups"))
        ? { entries: [{ dn: adaDn, attributes: { "tokenGroups;range=0-0": [domainUsers] } }] }
        : undefined;
    await using stub = await startLdapStub({ answer: microsoft({ instead }) });
    await using opened = await open(stub);
    const end = await opened.logIn("ada", right);
    assert.ok(end.outcome === "accepted", reasonOf(end));
    assert.equal(end.identity.groupsRead, "incomplete");
    assert.ok(stub.requests.length < 150);
  });

  test("lists are asked for in pages that its limit of 1000 entries lets through", async () => {
    const people = Array.from({ length: 1_700 }, (_, index) => ({
      dn: `CN=P${index},${baseDn}`,
      attributes: {
        objectGUID: [Buffer.from(index.toString(16).padStart(32, "0"), "hex")],
        sAMAccountName: [`p${String(index).padStart(4, "0")}`] as const,
      },
    }));
    const instead = (request: StubRequest): StubAnswer | undefined => {
      if (request.kind === "bind" || request.base !== baseDn) return undefined;
      const wanted = new Set(
        request.assertions.flatMap(([name, value]) => (name === "sAMAccountName" ? [value] : [])),
      );
      const matches = people.filter(
        ({ attributes }) => wanted.size === 0 || wanted.has(attributes.sAMAccountName[0]),
      );
      const { size = matches.length, cookie = "" } = request.page ?? {};
      const start = Number(cookie);
      const page = matches.slice(start, start + Math.min(size, 1_000));
      const next = start + page.length;
      if (request.page === undefined) return { entries: page, code: next < matches.length ? 4 : 0 };
      return { entries: page, cookie: next < matches.length ? String(next) : "" };
    };
    await using stub = await startLdapStub({ answer: microsoft({ instead }) });
    await using opened = await open(stub, { operations: new Set(["users.search"]) });
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const end = await opened.list({
        method: "users.search",
        text: "",
        pageSize: 100,
        ...(cursor === undefined ? {} : { cursor }),
      });
      assert.ok(end.outcome === "done" && end.result.kind === "people", end.outcome);
      found.push(...end.result.people.map(({ accountName }) => accountName));
      assert.equal(end.result.truncated, false);
      cursor = end.result.cursor;
    } while (cursor !== undefined);
    assert.deepEqual(
      found,
      people.map(({ attributes }) => attributes.sAMAccountName[0]),
    );
  });
});

describe("references to other servers", { timeout: 60_000 }, () => {
  test("beside the account they change nothing, alone they are nobody, and their hosts are never connected to", async () => {
    await using elsewhere = await startLdapStub({ answer: microsoft({}) });
    const references = [
      `ldaps://${elsewhere.host}/DC=DomainDnsZones,${baseDn}`,
      `ldap://${elsewhere.host}:636/CN=Configuration,${baseDn}`,
      "no url at all",
    ];
    await using stub = await startLdapStub({
      answer: microsoft({ references }),
      authority: elsewhere.authority,
    });
    await using opened = await open(stub);
    assert.equal(reasonOf(await opened.logIn("ada", right)), "accepted");
    assert.equal(reasonOf(await opened.logIn("grace", right)), "unknown_account");
    assert.equal(elsewhere.connections, 0);
  });

  test("a referral in the place of an answer is no answer, and no denial", async () => {
    const instead = (request: StubRequest): StubAnswer | undefined =>
      request.kind === "search" && request.base === baseDn ? { code: 10 } : undefined;
    await using stub = await startLdapStub({ answer: microsoft({ instead }) });
    await using opened = await open(stub);
    assert.equal(reasonOf(await opened.logIn("ada", right)), "returned: directory_refused");
  });

  test("they are followed to a host in the settings, and the person logs in there", async () => {
    const childDn = `DC=child,${baseDn}`;
    const graceDn = `CN=Grace Hopper,${childDn}`;
    const grace = { dn: graceDn, attributes: { ...ada.attributes, samaccountname: ["grace"] } };
    await using child = await startLdapStub({ answer: microsoft({ people: [grace] }) });
    const references = [`ldap://${child.host}/${encodeURI(childDn)}??sub`];
    await using stub = await startLdapStub({ answer: microsoft({ references }), authority: child.authority });
    await using opened = await open(stub, { referrals: [child.url] });
    await opened.until(() => child.connections > 0);

    assert.equal(reasonOf(await opened.logIn("grace", right)), "accepted");
    assert.equal(reasonOf(await opened.logIn("grace", "wrong")), "bad_credentials");
    assert.equal(reasonOf(await opened.logIn("ada", right)), "accepted");
    assert.equal(reasonOf(await opened.logIn("nobody", right)), "unknown_account");
    const binds = (at: LdapStub): readonly string[] =>
      at.requests.flatMap((request) =>
        request.kind === "bind" && request.name !== service.name ? [request.name] : [],
      );
    assert.deepEqual(binds(child), [graceDn, graceDn]);
    assert.deepEqual(binds(stub), [adaDn]);
  });

  test("they do not lead outside what was searched, nor to another filter, not even at a host in the settings", async () => {
    await using child = await startLdapStub({ answer: microsoft({}) });
    const references = [
      `ldaps://${child.host}/DC=evil,DC=test`,
      `ldaps://${child.host}/${baseDn}??sub?(objectClass=*)`,
      `ldaps://${child.host}/%ff`,
    ];
    await using stub = await startLdapStub({
      answer: microsoft({ people: [], references }),
      authority: child.authority,
    });
    await using opened = await open(stub, { referrals: [child.url] });
    assert.equal(reasonOf(await opened.logIn("ada", right)), "unknown_account");
    assert.ok(child.requests.every((request) => request.kind === "bind" || request.base === ""));
  });

  test("somebody who may be where nobody answers is not denied", async () => {
    const child = await startLdapStub({ answer: microsoft({}) });
    await using stub = await startLdapStub({
      answer: microsoft({ people: [], references: [`ldaps://${child.host}/DC=child,${baseDn}`] }),
      authority: child.authority,
    });
    await using opened = await open(stub, { referrals: [child.url] });
    await child[Symbol.asyncDispose]();
    assert.equal(reasonOf(await opened.logIn("ada", right)), "returned: directory_unreachable");
  });
});

describe("a server that breaks the protocol", { timeout: 60_000 }, () => {
  for (const [what, answer] of [
    ["says that it goes", { disconnects: true }],
    ["sends garbage", { raw: Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n") }],
    ["sends a length without an end", { raw: Buffer.from("3084ffffffff0201", "hex") }],
    ["sends what is no answer", { raw: Buffer.from("300c02010161070a010004000400", "hex") }],
  ] as const) {
    test(`one that ${what} in the middle of a search leaves the login to another`, async () => {
      let isBroken = false;
      const instead = (request: StubRequest): StubAnswer | undefined =>
        isBroken && request.kind === "search" && request.base === baseDn ? answer : undefined;
      await using first = await startLdapStub({ answer: microsoft({ instead }) });
      await using second = await startLdapStub({ answer: microsoft({}), authority: first.authority });
      await using opened = await open(first, { controllers: [first.url, second.url] });
      await opened.until(() => opened.events.filter(({ kind }) => kind === "controller").length === 2);
      isBroken = true;
      assert.equal(reasonOf(await opened.logIn("ada", right)), "accepted");
    });
  }
});
