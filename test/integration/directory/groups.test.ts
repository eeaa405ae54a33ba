/**
 * Everybody's groups are all of them, whatever kind they are and however deep they lie, and cost no more than having none.
 */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Client } from "ldapts";
import { Deadline } from "../../../src/login/deadline.ts";
import { startSamba } from "../../support/samba.ts";
import { startSlapd } from "../../support/slapd.ts";
import type { LabDirectory } from "../../support/lab-directory.ts";
import { levels, nestedGroups } from "../../support/nested-groups.ts";
import { openDirectory } from "./opened-directory.ts";
import type { OpenedDirectory } from "./opened-directory.ts";

async function groupsOf(opened: OpenedDirectory, account: string) {
  const found = await opened.find(account);
  const searches = opened.events.filter(isSearch).length;
  const read = await opened.engine.readIdentity(found, Deadline.after(5_000));
  assert.ok(read.kind === "read");
  const { groups, groupsRead } = read.identity;
  return {
    names: groups.map(({ name }) => name).toSorted(),
    groupsRead,
    searches: opened.events.filter(isSearch).length - searches,
  };
}

function isSearch(event: OpenedDirectory["events"][number]): boolean {
  return event.kind === "operation" && event.operation === "search";
}

describe("on Active Directory", () => {
  let samba: LabDirectory;
  before(async () => {
    samba = await startSamba();
    await samba.asAdministrator((client) => nestedGroups(client, samba, "user01"));
  });
  after(() => samba[Symbol.asyncDispose]());

  test("200 groups nested five deep, and the primary group, cost as many searches as none once they are known", async () => {
    await using opened = await openDirectory([samba]);
    await groupsOf(opened, "user01");
    await groupsOf(opened, "user02");
    const many = await groupsOf(opened, "user01");
    const none = await groupsOf(opened, "user02");
    assert.deepEqual(
      many.names.filter((name) => name.startsWith("Nested")),
      levels.flat().toSorted(),
    );
    assert.ok(many.names.includes("Domain Users"), "the primary group is missing");
    assert.equal(many.groupsRead, "complete");
    assert.equal(many.searches, none.searches);
  });
});

describe("on OpenLDAP", () => {
  let slapd: LabDirectory;
  before(async () => {
    slapd = await startSlapd({ usersMax: 3 });
    await slapd.asAdministrator((client) => nestedGroups(client, slapd, "u1"));
    await slapd.asAdministrator(addOtherKinds);
  });
  after(() => slapd[Symbol.asyncDispose]());

  async function addOtherKinds(client: Client): Promise<void> {
    const person = slapd.distinguishedName("u2");
    const dn = (name: string): string => `cn=${name},ou=groups,${slapd.baseDn}`;
    await client.add(dn("unique"), { objectClass: "groupOfUniqueNames", cn: "unique", uniqueMember: person });
    await client.add(dn("above"), { objectClass: "groupOfNames", cn: "above", member: dn("unique") });
    await client.add(dn("posix"), {
      objectClass: "posixGroup",
      cn: "posix",
      gidNumber: "7001",
      memberUid: "u2",
    });
    await client.add(dn("primary"), { objectClass: "posixGroup", cn: "primary", gidNumber: "7002" });
    await client.add(dn("circle-a"), {
      objectClass: "groupOfNames",
      cn: "circle-a",
      member: [person, dn("circle-b")],
    });
    await client.add(dn("circle-b"), { objectClass: "groupOfNames", cn: "circle-b", member: dn("circle-a") });
    await client.add(`uid=posix-person,${slapd.peopleDn}`, {
      objectClass: ["inetOrgPerson", "posixAccount"],
      cn: "Posix",
      sn: "Person",
      uid: "posix-person",
      uidNumber: "5001",
      gidNumber: "7002",
      homeDirectory: "/nowhere",
    });
  }

  test("200 groups nested five deep cost as many searches as none once they are known", async () => {
    await using opened = await openDirectory([slapd]);
    await groupsOf(opened, "u1");
    await groupsOf(opened, "u3");
    const many = await groupsOf(opened, "u1");
    const none = await groupsOf(opened, "u3");
    assert.deepEqual(
      many.names.filter((name) => name.startsWith("Nested")),
      levels.flat().toSorted(),
    );
    assert.equal(many.groupsRead, "complete");
    assert.equal(many.searches, none.searches);
  });

  test("every kind of group is found, and a circle of groups ends", async () => {
    await using opened = await openDirectory([slapd]);
    const { names, groupsRead } = await groupsOf(opened, "u2");
    assert.deepEqual(names, ["Load", "above", "circle-a", "circle-b", "posix", "unique"]);
    assert.equal(groupsRead, "complete");
    assert.deepEqual((await groupsOf(opened, "posix-person")).names, ["primary"]);
  });

  test("more groups than are wanted leave the rest out, and say so", async () => {
    await using opened = await openDirectory([slapd], { limits: { groupsMax: 50 } });
    const { names, groupsRead } = await groupsOf(opened, "u1");
    assert.equal(names.length, 50);
    assert.equal(groupsRead, "incomplete");
  });
});
