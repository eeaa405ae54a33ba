/**
 * A store on which nobody but its own program can read or forge: the servers see neither keys nor values, only how many there are.
 *
 * A key is told as its HMAC, a value as AES-256-GCM bound to bucket and key, padded. Both come from a secret that every replica of the
 * program has. Secrets rotate: the first one of the ring seals, all of them open. What stands under an older one is found there, and
 * moves when it is put again. Guarded writes stay where the entry stands, so that programs which hold the secrets in another order see
 * each other's, and leave a copy under the first secret, which counts once the older one is gone.
 *
 * What a thief of the bus credential still can: delete entries, and put an older value of the same entry in its place. What must not
 * be brought back has to say by itself how old it is.
 *
 * @module
 */

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
} from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Deadline } from "../login/deadline.ts";
import { pad, paddingBytes, unpad } from "./padding.ts";
import { valueBytesMax } from "./store-port.ts";
import type { Bucket, BucketOptions, GuardedWrite, Store } from "./store-port.ts";

/** Least length of a secret that keys are made from, in bytes. */
export const stateSecretBytesMin = 32;

export interface SealedStoreOptions {
  /** The first one seals, all of them open; one at least. */
  readonly secrets: readonly Uint8Array[];
  /** Told of an entry that nobody who has the secrets wrote there. */
  readonly foreign: (bucket: string) => void;
}

const nonceBytes = 12;
const tagBytes = 16;
/** Of a value, before it is sealed. */
export const sealedValueBytesMax = valueBytesMax - nonceBytes - tagBytes - paddingBytes;

export interface SealedStore extends Store {
  /** Seals with the first of these from now on, and opens with all of them. */
  renew(secrets: readonly Uint8Array[]): void;
}

export function createSealedStore(store: Store, { secrets, foreign }: SealedStoreOptions): SealedStore {
  let ring = ringOf(secrets);
  return {
    bucket: (options) => new SealedBucket(store.bucket(options), options, () => ring, foreign),
    renew(renewed) {
      ring = ringOf(renewed);
    },
  };
}

type Ring = readonly [Keys, ...Keys[]];

function ringOf(secrets: readonly Uint8Array[]): Ring {
  const [newest, ...older] = secrets.map(deriveKeys);
  if (newest === undefined) throw new Error("a sealed store needs a secret");
  return [newest, ...older];
}

interface Keys {
  readonly names: KeyObject;
  readonly values: KeyObject;
}

function deriveKeys(secret: Uint8Array): Keys {
  if (secret.length < stateSecretBytesMin) throw new Error("a secret of 32 bytes or more is needed");
  const derive = (purpose: string): KeyObject =>
    createSecretKey(Buffer.from(hkdfSync("sha256", secret, "", `drawbridge.v1 store ${purpose}`, 32)));
  return { names: derive("names"), values: derive("values") };
}

interface Place {
  readonly keys: Keys;
  readonly name: string;
}
interface Found {
  readonly place: Place;
  /** Undefined where it does not open. */
  readonly value: Uint8Array | undefined;
  readonly isCopy: boolean;
  readonly revision: number;
}
type Standing = readonly Found[] | "unavailable";
type Role = "original" | "copy";

class SealedBucket implements Bucket {
  readonly #bucket: Bucket;
  readonly #name: string;
  readonly #ringNow: () => Ring;
  readonly #foreign: SealedStoreOptions["foreign"];

  constructor(
    bucket: Bucket,
    { name }: BucketOptions,
    ring: () => Ring,
    foreign: SealedStoreOptions["foreign"],
  ) {
    this.#bucket = bucket;
    this.#name = name;
    this.#ringNow = ring;
    this.#foreign = foreign;
  }

  async get(key: string, deadline: Deadline): ReturnType<Bucket["get"]> {
    const standing = await this.#find(key, deadline);
    if (standing === "unavailable") return { kind: "unavailable" };
    const [latest] = standing;
    if (latest === undefined) return { kind: "none" };
    const { value, revision } = latest;
    if (value !== undefined) return { kind: "found", value, revision };
    this.#foreign(this.#name);
    return { kind: "unavailable" };
  }

  async put(key: string, value: Uint8Array, deadline: Deadline): ReturnType<Bucket["put"]> {
    const place = this.#sealingPlace(key);
    return this.#bucket.put(place.name, this.#seal(place, value), deadline);
  }

  async create(key: string, value: Uint8Array, deadline: Deadline): Promise<GuardedWrite> {
    const place = this.#sealingPlace(key);
    if (this.#ringNow().length > 1) {
      const standing = await this.#find(key, deadline);
      if (standing === "unavailable") return { kind: "unavailable" };
      if (standing.length > 0) return { kind: "conflict" };
    }
    return this.#bucket.create(place.name, this.#seal(place, value), deadline);
  }

  async update(key: string, value: Uint8Array, revision: number, deadline: Deadline): Promise<GuardedWrite> {
    const sealing = this.#sealingPlace(key);
    if (this.#ringNow().length === 1)
      return this.#bucket.update(sealing.name, this.#seal(sealing, value), revision, deadline);
    const standing = await this.#find(key, deadline);
    if (standing === "unavailable") return { kind: "unavailable" };
    const [latest] = standing;
    if (latest?.revision !== revision) return { kind: "conflict" };
    const { place } = latest;
    const written = await this.#bucket.update(place.name, this.#seal(place, value), revision, deadline);
    if (written.kind === "written" && place.name !== sealing.name)
      await this.#copy(place, sealing, value, deadline);
    return written;
  }

  /** Without it, an entry would only end sooner. One that was deleted meanwhile must not come back by it. */
  async #copy(from: Place, to: Place, value: Uint8Array, deadline: Deadline): Promise<void> {
    await this.#bucket.put(to.name, this.#seal(to, value, "copy"), deadline);
    const original = await this.#bucket.get(from.name, deadline);
    if (original.kind === "none") await this.#bucket.delete(to.name, deadline);
  }

  async delete(key: string, deadline: Deadline): ReturnType<Bucket["delete"]> {
    const places = this.#places(key);
    const ends = await Promise.all(places.map(({ name }) => this.#bucket.delete(name, deadline)));
    return ends.find(({ kind }) => kind === "unavailable") ?? { kind: "deleted" };
  }

  /**
   * What stands under the name that each secret gives it, latest first: revisions count the writes of the whole bucket. Copies come last.
   */
  async #find(key: string, deadline: Deadline): Promise<Standing> {
    const entries = await Promise.all(
      this.#places(key).map(async (place) => ({
        place,
        entry: await this.#bucket.get(place.name, deadline),
      })),
    );
    if (entries.some(({ entry }) => entry.kind === "unavailable")) return "unavailable";
    return entries
      .flatMap(({ place, entry }) =>
        entry.kind === "found" ? [this.#opened(place, entry.value, entry.revision)] : [],
      )
      .toSorted((a, b) => Number(a.isCopy) - Number(b.isCopy) || b.revision - a.revision);
  }

  #places(key: string): readonly Place[] {
    return this.#ringNow().map((keys) => this.#placeUnder(keys, key));
  }

  #sealingPlace(key: string): Place {
    return this.#placeUnder(this.#ringNow()[0], key);
  }

  #placeUnder(keys: Keys, key: string): Place {
    const hmac = createHmac("sha256", keys.names).update(`${this.#name}\n${key}`);
    return { keys, name: hmac.digest("base64url") };
  }

  #opened(place: Place, sealed: Uint8Array, revision: number): Found {
    const original = this.#open(place, sealed, "original");
    const value = original ?? this.#open(place, sealed, "copy");
    return { place, value, isCopy: original === undefined && value !== undefined, revision };
  }

  #seal(place: Place, value: Uint8Array, role: Role = "original"): Uint8Array {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv("aes-256-gcm", valueKey(place), nonce);
    cipher.setAAD(this.#associatedData(place, role));
    return Buffer.concat([nonce, cipher.update(pad(value)), cipher.final(), cipher.getAuthTag()]);
  }

  #open(place: Place, sealed: Uint8Array, role: Role): Uint8Array | undefined {
    if (sealed.length < nonceBytes + tagBytes) return undefined;
    const [nonce, box] = [sealed.subarray(0, nonceBytes), sealed.subarray(nonceBytes, -tagBytes)];
    const decipher = createDecipheriv("aes-256-gcm", valueKey(place), nonce, { authTagLength: tagBytes });
    decipher.setAAD(this.#associatedData(place, role));
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    try {
      return unpad(Buffer.concat([decipher.update(box), decipher.final()]));
    } catch {
      return undefined;
    }
  }

  #associatedData({ name }: Place, role: Role): Buffer {
    const parts = ["drawbridge.v1 store", this.#name, name];
    return Buffer.from((role === "copy" ? [...parts, role] : parts).join("\n"));
  }
}

/** One for each entry: nonces are random, and of one key's there may not be too many. */
function valueKey({ keys, name }: Place): Buffer {
  return createHmac("sha256", keys.values).update(name).digest();
}
