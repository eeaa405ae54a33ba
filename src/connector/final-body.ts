/**
 * How the end of an attempt is said on the wire, cut to what one message may carry.
 *
 * A login must not fail because its person is in a thousand groups: first the groups' distinguished names are left out, then groups
 * from the end of the list, and the identity says that its groups are incomplete.
 *
 * @module
 */

import type { Group } from "../login/identity.ts";
import type { OperatorEnd, VerifierEnd } from "../login/ports.ts";
import { unavailable } from "../login/verdict.ts";
import { answerBoxLengthMax } from "../protocol/messages.ts";
import { answerTokenLengthMax } from "../protocol/sealed-bodies.ts";
import type { BodyToGateway } from "../protocol/sealed-bodies.ts";

/** Of an identity: what a box holds after base64, less the tag and the verdict around the identity. */
const bodyBytesMax = Math.floor((answerBoxLengthMax * 3) / 4) - 256 - answerTokenLengthMax;

/** How the work on a grant ends here. */
export type WorkEnd = VerifierEnd | OperatorEnd;

export function finalBody(end: WorkEnd): BodyToGateway {
  return end.outcome === "returned" ? { type: "returned", why: end.why } : { type: "verdict", verdict: end };
}

/** @param needsAllGroups  The settings demand them: then a login is unavailable rather than told without some of them. */
export function fitted(end: WorkEnd, needsAllGroups: boolean): WorkEnd {
  if (end.outcome !== "accepted") return end;
  const { identity } = end;
  if (bytes(identity) <= bodyBytesMax) return end;
  const bare = { ...identity, groups: identity.groups.map(withoutName) };
  if (bytes(bare) <= bodyBytesMax) return { ...end, identity: bare };
  return needsAllGroups ? unavailable("groups_incomplete") : cutGroups({ ...end, identity: bare });
}

function cutGroups(verdict: WorkEnd & { readonly outcome: "accepted" }): WorkEnd {
  const { identity } = verdict;
  let room = bodyBytesMax - bytes({ ...identity, groups: [] });
  if (room < 0) return unavailable("directory_refused");
  const groups = identity.groups.filter((group) => {
    room -= bytes(group) + 1;
    return room >= 0;
  });
  return { ...verdict, identity: { ...identity, groups, groupsRead: "incomplete" } };
}

function withoutName({ name, sid }: Group): Group {
  return sid === undefined ? { name } : { name, sid };
}

function bytes(value: object): number {
  return Buffer.byteLength(JSON.stringify(value));
}
