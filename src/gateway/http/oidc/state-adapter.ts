/**
 * Where `oidc-provider` keeps what lasts longer than one request: in the store that all gateways share.
 *
 * Each entry carries its own end, because a bucket has one age for all. What may be used once is marked by a guarded write, so that of
 * two gateways that are handed the same code at the same time one refuses it. A grant is revoked by a mark that every find looks for:
 * tokens that are being made at that moment are dead as well, which no list of tokens could promise.
 *
 * @module
 */

import type { Adapter, AdapterPayload } from "oidc-provider";
import { errors } from "oidc-provider";
import { Deadline } from "../../../login/deadline.ts";
import type { Bucket, FoundEntry, StoreUnavailable } from "../../../protocol/store-port.ts";

export interface StateBuckets {
  /** Logins that have begun: anybody can begin some, and fill this one only. */
  readonly logins: Bucket;
  /** Sessions, grants, codes and tokens. */
  readonly tokens: Bucket;
}

/** The store, or whoever else is asked, does not answer: nothing is known, so nothing is granted. */
export class StateUnavailable extends errors.OIDCProviderError {
  constructor(what = "the state of logins cannot be reached") {
    super(503, "temporarily_unavailable");
    this.error_description = `${what}; nothing is lost, try again`;
    // As a page of ours: an application can do no more about it than the person.
    this.allow_redirect = false;
    this.expose = true;
  }
}

interface StoredState {
  readonly payload: AdapterPayload;
  readonly expiresAtMs: number | undefined;
}

/** A store that loses a node is without a leader for some seconds; who logs in waits rather than to start again. */
export const storeWaitMs = 6_000;
/** Clocks of the gateways may differ by so much; the library itself judges what has ended. */
const clockToleranceMs = 15_000;
const consumeTriesMax = 3;

export function createStateAdapter(
  buckets: StateBuckets,
  wallClock: () => number,
): (model: string) => Adapter {
  return (model) => {
    const bucket = model === "Interaction" ? buckets.logins : buckets.tokens;
    const keyOf = (id: string): string => `${model}.${id}`;
    return { upsert, find, findByUid, findByUserCode, consume, destroy, revokeByGrantId };

    async function upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
      const expiresAtMs = expiresIn === undefined ? undefined : wallClock() + expiresIn * 1_000;
      await write(bucket, keyOf(id), { payload, expiresAtMs });
      if (model === "Session" && payload.uid !== undefined) {
        await write(bucket, `SessionUid.${payload.uid}`, { payload: { jti: id }, expiresAtMs });
      }
    }

    async function find(id: string): Promise<AdapterPayload | undefined> {
      return (await read(keyOf(id)))?.payload;
    }

    async function findByUid(uid: string): Promise<AdapterPayload | undefined> {
      const entry = answered(await bucket.get(`SessionUid.${uid}`, deadline()));
      const id = entry.kind === "found" ? decode(entry).payload.jti : undefined;
      return id === undefined ? undefined : find(id);
    }

    /** Of the device flow, which is not offered. */
    async function findByUserCode(): Promise<undefined> {
      return undefined;
    }

    async function consume(id: string): Promise<void> {
      for (let tries = 0; tries < consumeTriesMax; tries += 1) {
        const found = await read(keyOf(id));
        if (found === undefined || found.payload["consumed"] !== undefined) {
          throw new errors.InvalidGrant("used already");
        }
        const { payload, expiresAtMs, revision } = found;
        const consumed = Math.floor(wallClock() / 1_000);
        const value = encode({ payload: { ...payload, consumed }, expiresAtMs });
        if (answered(await bucket.update(keyOf(id), value, revision, deadline())).kind === "written") return;
      }
      throw new StateUnavailable();
    }

    async function destroy(id: string): Promise<void> {
      answered(await bucket.delete(keyOf(id), deadline()));
    }

    async function revokeByGrantId(grantId: string): Promise<void> {
      await write(bucket, revocationKey(grantId), { payload: {}, expiresAtMs: undefined });
    }

    async function read(key: string): Promise<(StoredState & { readonly revision: number }) | undefined> {
      const entry = answered(await bucket.get(key, deadline()));
      if (entry.kind === "none") return undefined;
      const { payload, expiresAtMs } = decode(entry);
      if (expiresAtMs !== undefined && wallClock() > expiresAtMs + clockToleranceMs) return undefined;
      const { grantId } = payload;
      if (grantId !== undefined && model !== "Interaction" && (await isRevoked(grantId))) return undefined;
      return { payload, expiresAtMs, revision: entry.revision };
    }

    async function isRevoked(grantId: string): Promise<boolean> {
      return answered(await bucket.get(revocationKey(grantId), deadline())).kind === "found";
    }
  };
}

function revocationKey(grantId: string): string {
  return `Revoked.${grantId}`;
}

async function write(bucket: Bucket, key: string, state: StoredState): Promise<void> {
  answered(await bucket.put(key, encode(state), deadline()));
}

function answered<Answer extends { readonly kind: string }>(
  answer: Answer,
): Exclude<Answer, StoreUnavailable> {
  if (answer.kind === "unavailable") throw new StateUnavailable();
  return answer as Exclude<Answer, StoreUnavailable>;
}

function deadline(): Deadline {
  return Deadline.after(storeWaitMs);
}

function encode(state: StoredState): Uint8Array {
  return Buffer.from(JSON.stringify(state));
}

/** What is in the store was written by us: it is sealed. */
function decode({ value }: FoundEntry): StoredState {
  return JSON.parse(Buffer.from(value).toString("utf8")) as StoredState;
}
