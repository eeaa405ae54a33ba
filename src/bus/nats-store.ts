/**
 * The store on JetStream KV.
 *
 * It speaks the few messages of a KV bucket itself, and not through the client's KV, because those are all that a program's NATS user
 * may publish: no listing, no deleting of buckets, and above all no changing of a stream once it is there. A stream can be told to take
 * in any subject and to publish to any other, so whoever may change one is bound by no permission.
 *
 * @see ADR-8 of the NATS project — JetStream based key-value stores
 *
 * @module
 */

import type { NatsConnection } from "nats";
import type { Bus } from "../protocol/bus-port.ts";
import type { Store } from "../protocol/store-port.ts";
import { JetStreamRequests } from "./jetstream-requests.ts";
import { NatsBucket } from "./nats-bucket.ts";
import type { StoreEvent } from "./store-event.ts";

export interface NatsStoreOptions {
  /** `drawbridge.store.<program>.<process>`: the program's user alone may listen there, nobody may publish. */
  readonly inbox: string;
  /** Copies of each bucket; without it three where the servers are a cluster, else one. */
  readonly replicas?: number;
  readonly observe: (event: StoreEvent) => void;
}

/** Waiting for the servers at once; what is beyond is `unavailable`. */
const inFlightMax = 256;

export function createNatsStore(connection: NatsConnection, bus: Bus, options: NatsStoreOptions): Store {
  const requests = new JetStreamRequests({ connection, bus, inbox: options.inbox, inFlightMax });
  return { bucket: (bucket) => new NatsBucket(bucket, requests, options) };
}
