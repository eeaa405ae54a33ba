/**
 * What is told of each operation on the store.
 *
 * - `ok`, `none`, `conflict`: it was done; there is nothing; somebody else wrote first.
 * - `differs`: the bucket is there with other limits than the settings have now, and is used as it is.
 * - `tapped`: the bucket takes in, or passes on, what is said elsewhere on the bus. Somebody else made it, and it is not used.
 * - `no_jetstream`: nobody serves JetStream, or not this bucket.
 * - `refused`: the servers cannot do it, such as for want of space.
 * - `disconnected`, `busy`: nothing was asked, because the bus is down or too much waits already.
 * - `timeout`: no answer came.
 *
 * @module
 */

export type StoreResult = "ok" | "none" | "conflict" | "differs" | StoreFailure;

export type StoreFailure = "tapped" | "no_jetstream" | "refused" | "disconnected" | "busy" | "timeout";

export interface StoreEvent {
  readonly bucket: string;
  readonly operation: "open" | "get" | "put" | "create" | "update" | "delete";
  readonly result: StoreResult;
  readonly ms: number;
}
