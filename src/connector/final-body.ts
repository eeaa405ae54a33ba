/**
 * How the end of an attempt is said on the wire, cut to what one message may carry.
 *
 * A login must not fail because its person is in a thousand groups: first the groups' distinguished names are left out, then groups
 * from the end of the list, and the identity says that its groups are incomplete.
 *
 * @module
 */

import type { Group } from "../login/identity.ts";
import type { End } from "../login/operation.ts";
import type { OperatorEnd, VerifierEnd } from "../login/ports.ts";
import { unavailable } from "../login/verdict.ts";
import { boxLengthMax } from "../protocol/messages.ts";
import type { BodyToGateway } from "../protocol/sealed-bodies.ts";

/** Of an identity: what a box holds after base64, less the tag and the verdict around the identity. */
const bodyBytesMax = Math.floor((boxLengthMax * 3) / 4) - 256;

/** How the work on a grant ends here. */
export type WorkEnd = VerifierEnd | OperatorEnd;

export function finalBody(end: WorkEnd): BodyToGateway {
  return end.outcome === "returned"
    ? { type: "returned", why: end.why }
    : { type: "verdict", verdict: fit(end) };
}

function fit(verdict: End): End {
  if (verdict.outcome !== "accepted") return verdict;
  const { identity } = verdict;
  if (bytes(identity) <= bodyBytesMax) return verdict;
  const bare = { ...identity, groups: identity.groups.map(withoutName) };
  if (bytes(bare) <= bodyBytesMax) return { ...verdict, identity: bare };
  return cutGroups({ ...verdict, identity: bare });
}

function cutGroups(verdict: End & { readonly outcome: "accepted" }): End {
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
