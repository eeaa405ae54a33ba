/**
 * What is told to applications about the people who logged in, as of their last login or refresh.
 *
 * @module
 */

import type { ConnectionName } from "../../../login/attempt.ts";
import { Deadline } from "../../../login/deadline.ts";
import type { Identity } from "../../../login/identity.ts";
import type { Bucket } from "../../../protocol/store-port.ts";
import { StateUnavailable, storeWaitMs } from "./state-adapter.ts";

export interface KnownPerson {
  readonly connection: ConnectionName;
  readonly identity: ToldIdentity;
  /** When a directory last said that this person may log in, in milliseconds since 1970. */
  readonly checkedAtMs: number;
}

/** No more than applications are told: where somebody is in a directory is none of it. */
export type ToldIdentity = Pick<Identity, "subjectId" | "accountName" | "profile" | "groupsRead"> & {
  readonly groups: readonly string[];
};

export function toldIdentity({
  subjectId,
  accountName,
  profile,
  groups,
  groupsRead,
}: Identity): ToldIdentity {
  return { subjectId, accountName, profile, groupsRead, groups: groups.map(({ name }) => name) };
}

export interface KnownPeople {
  /** @throws {StateUnavailable} as all of these. */
  find(subject: string): Promise<KnownPerson | undefined>;
  save(subject: string, person: KnownPerson): Promise<void>;
  forget(subject: string): Promise<void>;
}

export function createKnownPeople(bucket: Bucket): KnownPeople {
  const deadline = (): Deadline => Deadline.after(storeWaitMs);
  return {
    async find(subject) {
      const entry = await bucket.get(subject, deadline());
      switch (entry.kind) {
        case "found":
          // Written by us: what is in the store is sealed.
          return JSON.parse(Buffer.from(entry.value).toString("utf8")) as KnownPerson;
        case "none":
          return undefined;
        case "unavailable":
          throw new StateUnavailable();
      }
    },
    async save(subject, person) {
      const written = await bucket.put(subject, Buffer.from(JSON.stringify(person)), deadline());
      if (written.kind === "unavailable") throw new StateUnavailable();
    },
    async forget(subject) {
      const deleted = await bucket.delete(subject, deadline());
      if (deleted.kind === "unavailable") throw new StateUnavailable();
    },
  };
}
