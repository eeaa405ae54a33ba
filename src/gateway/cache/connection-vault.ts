/**
 * What is kept of one connection, under a key of its own that is kept beside it.
 *
 * Nobody may list or delete a bucket's entries wholesale, and an entry's name is nothing that could be guessed. So what is to be gone
 * loses its key: without it neither names nor values mean anything, to us as little as to anybody else.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { ConnectionName } from "../../login/attempt.ts";
import type { Deadline } from "../../login/deadline.ts";
import { createSealedStore } from "../../protocol/sealed-store.ts";
import type { Bucket } from "../../protocol/store-port.ts";

export interface VaultDeps {
  /** Sealed. */
  readonly bucket: Bucket;
  /** After which the bucket forgets an entry that was not written again. */
  readonly maxAgeMs: number;
  /** Told of an entry that nobody who has the key wrote there. */
  readonly foreign: () => void;
  readonly wallClock: () => number;
}

type Opened = { readonly kind: "open"; readonly bucket: Bucket } | { readonly kind: "none" | "unavailable" };

interface StoredKey {
  readonly key: string;
  readonly writtenAtMs: number;
}

const keyBytes = 32;

export class ConnectionVault {
  readonly #deps: VaultDeps;
  readonly #connection: ConnectionName;

  constructor(connection: ConnectionName, deps: VaultDeps) {
    this.#connection = connection;
    this.#deps = deps;
  }

  /** `none` where nothing was ever kept, or it is gone. */
  async open(deadline: Deadline): Promise<Opened> {
    const entry = await this.#deps.bucket.get(this.#name, deadline);
    if (entry.kind !== "found") return entry;
    return this.#with(decode(entry.value));
  }

  /** Makes a key where there is none. */
  async openOrMake(deadline: Deadline): Promise<Opened> {
    const { bucket, wallClock, maxAgeMs } = this.#deps;
    const entry = await bucket.get(this.#name, deadline);
    if (entry.kind === "unavailable") return entry;
    const nowMs = wallClock();
    if (entry.kind === "none") {
      const made = { key: randomBytes(keyBytes).toString("base64"), writtenAtMs: nowMs };
      const created = await bucket.create(this.#name, encode(made), deadline);
      return created.kind === "written" ? this.#with(made) : this.open(deadline);
    }
    const stored = decode(entry.value);
    // It must not be forgotten before what it opens; that it moves is not waited for.
    if (nowMs - stored.writtenAtMs > maxAgeMs / 4)
      void bucket.update(this.#name, encode({ ...stored, writtenAtMs: nowMs }), entry.revision, deadline);
    return this.#with(stored);
  }

  async destroy(deadline: Deadline): Promise<"destroyed" | "none" | "unavailable"> {
    const { bucket } = this.#deps;
    const { kind } = await bucket.get(this.#name, deadline);
    if (kind !== "found") return kind;
    return (await bucket.delete(this.#name, deadline)).kind === "deleted" ? "destroyed" : "unavailable";
  }

  get #name(): string {
    return `key of ${this.#connection}`;
  }

  #with({ key }: StoredKey): Opened {
    const { bucket, foreign } = this.#deps;
    const sealed = createSealedStore(
      { bucket: () => bucket },
      { secrets: [Buffer.from(key, "base64")], foreign },
    );
    const { maxAgeMs } = this.#deps;
    return { kind: "open", bucket: sealed.bucket({ name: this.#connection, maxAgeMs, bytesMax: 0 }) };
  }
}

function encode(stored: StoredKey): Uint8Array {
  return Buffer.from(JSON.stringify(stored));
}

/** Written by us: the bucket is sealed. */
function decode(value: Uint8Array): StoredKey {
  return JSON.parse(Buffer.from(value).toString("utf8")) as StoredKey;
}
