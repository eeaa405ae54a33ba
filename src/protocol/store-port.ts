/**
 * What the replicas of a program share beside the logins: a small memory in buckets (JetStream KV).
 *
 * It is never in the way of a login. Every call waits at most until its deadline and never throws for what a server does;
 * `unavailable` says that it could not be found out, or not be written as far as anybody knows.
 *
 * @module
 */

import type { Deadline } from "../login/deadline.ts";

/** What is larger is not written: `unavailable`. A message of JetStream's about it has to fit the bus. */
export const valueBytesMax = 40_960;

export interface Store {
  /** Nothing is asked of a server before the bucket is used. */
  bucket(options: BucketOptions): Bucket;
}

export interface BucketOptions {
  /** Letters, digits, `-` and `_`, 32 at most. The NATS users' permissions name each one. */
  readonly name: string;
  /** An entry that was not written for so long is gone. */
  readonly maxAgeMs: number;
  /** All entries together; writes beyond it are `unavailable`. */
  readonly bytesMax: number;
}

/** Keys are letters, digits, `-` and `_`, 128 at most; a sealed store takes any text. */
export interface Bucket {
  get(key: string, deadline: Deadline): Promise<FoundEntry | { readonly kind: "none" } | StoreUnavailable>;
  put(key: string, value: Uint8Array, deadline: Deadline): Promise<WrittenEntry | StoreUnavailable>;
  /** Only where there is none. */
  create(key: string, value: Uint8Array, deadline: Deadline): Promise<GuardedWrite>;
  /** Only where it is still the one that was read. */
  update(key: string, value: Uint8Array, revision: number, deadline: Deadline): Promise<GuardedWrite>;
  delete(key: string, deadline: Deadline): Promise<{ readonly kind: "deleted" } | StoreUnavailable>;
}

export interface FoundEntry {
  readonly kind: "found";
  readonly value: Uint8Array;
  readonly revision: number;
}

export interface WrittenEntry {
  readonly kind: "written";
  readonly revision: number;
}

export interface StoreUnavailable {
  readonly kind: "unavailable";
}

/** `conflict`: somebody else wrote first. */
export type GuardedWrite = WrittenEntry | { readonly kind: "conflict" } | StoreUnavailable;
