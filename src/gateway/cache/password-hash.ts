/**
 * Hashes of passwords that are slow to guess at, made beside the event loop and a few at a time.
 *
 * @see RFC 9106 — Argon2id
 * @module
 */

import { argon2, randomBytes, timingSafeEqual } from "node:crypto";

export interface PasswordHash {
  /** Base64, as the salt. */
  readonly hash: string;
  readonly salt: string;
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
}

export interface PasswordHasherOptions {
  /** Each takes a processor for its whole time. */
  readonly atOnceMax: number;
  /** Beyond those, of either kind: more are `busy`. */
  readonly waitingMax: number;
}

type Kind = "comparison" | "hash";

/** 19 MiB and two passes: 15 to 30 ms of one processor. OWASP's first choice for servers in 2025. */
const cost = { memory: 19_456, passes: 2 } as const;
const saltBytes = 16;
const hashBytes = 32;

export class PasswordHasher {
  readonly #options: PasswordHasherOptions;
  /** People wait for a comparison, and nobody for a hash that is kept. */
  readonly #waiting = { comparison: new Array<() => void>(), hash: new Array<() => void>() } as const;
  #running = 0;

  constructor(options: PasswordHasherOptions) {
    this.#options = options;
  }

  /** Nobody waits, and one more can begin at once. */
  get idle(): boolean {
    return this.#running < this.#options.atOnceMax;
  }

  /** One more comparison would be `busy`. */
  get full(): boolean {
    return !this.idle && this.#waiting.comparison.length >= this.#options.waitingMax;
  }

  async hash(password: string): Promise<PasswordHash | "busy"> {
    const salt = randomBytes(saltBytes);
    const hash = await this.#derive("hash", password, salt, cost);
    return hash === "busy" ? hash : { hash: hash.toString("base64"), salt: salt.toString("base64"), ...cost };
  }

  /** Without a hash to compare with, it takes as long and says no: nobody can tell who is known. */
  async matches(password: string, known: PasswordHash | undefined): Promise<boolean | "busy"> {
    const salt = known === undefined ? randomBytes(saltBytes) : Buffer.from(known.salt, "base64");
    const hash = await this.#derive("comparison", password, salt, known ?? cost);
    if (hash === "busy") return hash;
    const wanted = Buffer.from(known?.hash ?? "", "base64");
    return wanted.length === hash.length && timingSafeEqual(wanted, hash);
  }

  async #derive(
    kind: Kind,
    password: string,
    salt: Buffer,
    { memory, passes }: Pick<PasswordHash, "memory" | "passes">,
  ): Promise<Buffer | "busy"> {
    if (!(await this.#begin(kind))) return "busy";
    try {
      return await deriveKey({
        message: password,
        nonce: salt,
        parallelism: 1,
        tagLength: hashBytes,
        memory,
        passes,
      });
    } finally {
      this.#running -= 1;
      (this.#waiting.comparison.shift() ?? this.#waiting.hash.shift())?.();
    }
  }

  async #begin(kind: Kind): Promise<boolean> {
    const { atOnceMax, waitingMax } = this.#options;
    if (this.#running >= atOnceMax) {
      const waiting = this.#waiting[kind];
      if (waiting.length >= waitingMax) return false;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    this.#running += 1;
    return true;
  }
}

function deriveKey(parameters: Parameters<typeof argon2>[1]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    argon2("argon2id", parameters, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
