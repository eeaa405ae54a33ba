import assert from "node:assert/strict";
import { test } from "node:test";
import { finalBody, fitted } from "../../../src/connector/final-body.ts";
import type { WorkEnd } from "../../../src/connector/final-body.ts";
import { answerBoxLengthMax } from "../../../src/protocol/messages.ts";

function inGroups(count: number): WorkEnd {
  const groups = Array.from({ length: count }, (_, index) => ({
    name: `group ${index}`,
    distinguishedName: `CN=group ${index},OU=A place with a long name,OU=Another,DC=example,DC=test`,
    sid: `S-1-5-21-1000000000-2000000000-3000000000-${index}`,
  }));
  return {
    outcome: "accepted",
    identity: {
      subjectId: "id",
      accountName: "ada",
      distinguishedName: "CN=Ada",
      profile: {},
      groups,
      groupsRead: "complete",
    },
  };
}

function lengthOf(end: WorkEnd): number {
  return Math.ceil((Buffer.byteLength(JSON.stringify(finalBody(end))) * 4) / 3);
}

test("an identity that fits is left as it is", () => {
  const end = inGroups(100);
  assert.deepEqual(fitted(end, true), end);
});

test("names of places go first, and every group is still there", () => {
  const end = fitted(inGroups(500), true);
  assert.ok(end.outcome === "accepted");
  assert.equal(end.identity.groups.length, 500);
  assert.equal(end.identity.groupsRead, "complete");
  assert.ok(lengthOf(end) <= answerBoxLengthMax);
});

test("then groups, and the identity says so", () => {
  const end = fitted(inGroups(2_000), false);
  assert.ok(end.outcome === "accepted");
  assert.ok(end.identity.groups.length > 500);
  assert.equal(end.identity.groupsRead, "incomplete");
  assert.ok(lengthOf(end) <= answerBoxLengthMax);
});

test("where all groups are demanded, too many for one message are an outage, not a part of them", () => {
  assert.deepEqual(fitted(inGroups(2_000), true), { outcome: "unavailable", fault: "groups_incomplete" });
});
