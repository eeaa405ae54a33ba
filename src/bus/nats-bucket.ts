/**
 * One bucket of JetStream KV: a stream that keeps the last message of each of its subjects.
 *
 * @module
 */

import { headers as createHeaders } from "nats";
import type { Msg } from "nats";
import type { Deadline } from "../login/deadline.ts";
import { valueBytesMax } from "../protocol/store-port.ts";
import type { Bucket, BucketOptions, FoundEntry, StoreUnavailable } from "../protocol/store-port.ts";
import { jetStreamErrors, parseApiAnswer } from "./jetstream-answer.ts";
import type { ApiAnswer } from "./jetstream-answer.ts";
import type { JetStreamAnswer, JetStreamRequests } from "./jetstream-requests.ts";
import { MadeStream, nanoseconds, whyUnanswered } from "./made-stream.ts";
import type { StoreEvent, StoreFailure, StoreResult } from "./store-event.ts";

interface Failed {
  readonly kind: "failed";
  readonly why: StoreFailure;
}
interface Done {
  readonly kind: "none" | "found" | "written" | "deleted" | "conflict";
}
/** With `isDeleted`, what stands there is the mark of a deletion. */
type LastMessage = (FoundEntry & { readonly isDeleted: boolean }) | { readonly kind: "none" };
type Write = { readonly kind: "written"; readonly revision: number } | { readonly kind: "conflict" };
type Headers = Readonly<Record<string, string>>;

export interface NatsBucketOptions {
  readonly replicas?: number;
  readonly observe: (event: StoreEvent) => void;
}

const keyPattern = /^[A-Za-z0-9_-]{1,128}$/;
const namePattern = /^[A-Za-z0-9_-]{1,32}$/;
const unavailable: StoreUnavailable = { kind: "unavailable" };
const nothing = new Uint8Array();
/** For how long an id is known: no message is on its way to the disks for so long. */
const sameIdMs = 30_000;

export class NatsBucket implements Bucket {
  readonly #name: string;
  readonly #streamName: string;
  readonly #subjects: string;
  readonly #stream: MadeStream;
  readonly #requests: JetStreamRequests;
  readonly #observe: (event: StoreEvent) => void;

  constructor(bucket: BucketOptions, requests: JetStreamRequests, { replicas, observe }: NatsBucketOptions) {
    const { name } = bucket;
    if (!namePattern.test(name)) throw new Error("a bucket's name is letters, digits, - and _");
    this.#name = name;
    this.#streamName = `KV_drawbridge_${name}`;
    this.#subjects = `$KV.drawbridge_${name}`;
    this.#requests = requests;
    this.#observe = observe;
    this.#stream = new MadeStream(
      {
        name: this.#streamName,
        settings: bucketSettings(bucket, `${this.#subjects}.>`),
        replicas,
        observe: (result, ms) => observe({ bucket: name, operation: "open", result, ms }),
      },
      requests,
    );
  }

  get(key: string, deadline: Deadline): ReturnType<Bucket["get"]> {
    return this.#observed("get", deadline, async () => {
      const last = await this.#last(key, deadline);
      if (last.kind !== "found") return last;
      const { kind, value, revision, isDeleted } = last;
      return isDeleted ? { kind: "none" } : { kind, value, revision };
    });
  }

  put(key: string, value: Uint8Array, deadline: Deadline): ReturnType<Bucket["put"]> {
    return this.#observed("put", deadline, async () =>
      unguarded(await this.#write(key, value, deadline, {})),
    );
  }

  create(key: string, value: Uint8Array, deadline: Deadline): ReturnType<Bucket["create"]> {
    return this.#observed("create", deadline, async () => {
      const written = await this.#write(key, value, deadline, expecting(0));
      if (written.kind !== "conflict") return written;
      const last = await this.#last(key, deadline);
      if (last.kind === "failed") return last;
      const isDeleted = last.kind === "found" && last.isDeleted;
      return isDeleted ? this.#write(key, value, deadline, expecting(last.revision, key)) : written;
    });
  }

  update(key: string, value: Uint8Array, revision: number, deadline: Deadline): ReturnType<Bucket["update"]> {
    return this.#observed("update", deadline, () =>
      this.#write(key, value, deadline, expecting(revision, key)),
    );
  }

  delete(key: string, deadline: Deadline): ReturnType<Bucket["delete"]> {
    return this.#observed("delete", deadline, async () => {
      const written = unguarded(await this.#write(key, nothing, deadline, { "KV-Operation": "DEL" }));
      return written.kind === "failed" ? written : { kind: "deleted" };
    });
  }

  async #observed<T extends Done>(
    operation: StoreEvent["operation"],
    deadline: Deadline,
    work: () => Promise<T | Failed>,
  ): Promise<T | StoreUnavailable> {
    const startedAtMs = performance.now();
    const closed = await this.#stream.open(deadline);
    const end = closed === undefined ? await work() : failed(closed);
    const ms = performance.now() - startedAtMs;
    this.#observe({ bucket: this.#name, operation, result: resultOf(end), ms });
    return isFailed(end) ? unavailable : end;
  }

  /** The leader has all that was written. While there is none, what any other node has is better than nothing. */
  async #last(key: string, deadline: Deadline): Promise<LastMessage | Failed> {
    const subject = this.#subjectOf(key);
    const query = Buffer.from(JSON.stringify({ last_by_subj: subject }));
    const patience = deadline.sooner(deadline.remainingMs / 2);
    const asked = await this.#requests.ask(`$JS.API.STREAM.MSG.GET.${this.#streamName}`, query, patience);
    if (asked.kind === "answer") return this.#fromLeader(parseApiAnswer(asked.message.data));
    if (asked.kind === "none" && asked.why !== "timeout") return failed(asked.why);
    const direct = `$JS.API.DIRECT.GET.${this.#streamName}.${subject}`;
    const second = await this.#requests.ask(direct, nothing, deadline);
    return second.kind === "answer" ? fromCopy(second.message) : this.#unanswered(second);
  }

  #fromLeader(answer: ApiAnswer | undefined): LastMessage | Failed {
    if (answer?.errorCode === jetStreamErrors.noMessageFound) return { kind: "none" };
    if (answer?.errorCode === jetStreamErrors.streamNotFound) {
      this.#stream.lost();
      return failed("no_jetstream");
    }
    const message = answer?.message;
    if (message === undefined) return failed("refused");
    const { sequence: revision, data: value, headers } = message;
    return { kind: "found", value, revision, isDeleted: /^KV-Operation: *(DEL|PURGE)/m.test(headers) };
  }

  async #write(
    key: string,
    value: Uint8Array,
    deadline: Deadline,
    headers: Headers,
  ): Promise<Write | Failed> {
    if (value.length > valueBytesMax) return failed("refused");
    const all = createHeaders();
    for (const [name, text] of Object.entries(headers)) all.set(name, text);
    const asked = await this.#requests.ask(this.#subjectOf(key), value, deadline, all);
    if (asked.kind !== "answer") return this.#unanswered(asked);
    const answer = parseApiAnswer(asked.message.data);
    if (answer?.errorCode === jetStreamErrors.wrongLastSequence || answer?.isDuplicate === true) {
      return { kind: "conflict" };
    }
    return answer?.errorCode === undefined && answer?.sequence !== undefined
      ? { kind: "written", revision: answer.sequence }
      : failed("refused");
  }

  #subjectOf(key: string): string {
    if (!keyPattern.test(key)) throw new Error("a key is letters, digits, - and _");
    return `${this.#subjects}.${key}`;
  }

  #unanswered(asked: Exclude<JetStreamAnswer, { readonly kind: "answer" }>): Failed {
    if (asked.kind === "nobody") void this.#stream.look();
    return failed(whyUnanswered(asked));
  }
}

/**
 * In a cluster, NATS 2.9 compares a revision other than 0 when a message comes in, not when it is stored: of several on
 * their way at once all would pass. Messages of one id, however, are stored once.
 */
function expecting(revision: number, key?: string): Headers {
  return {
    "Nats-Expected-Last-Subject-Sequence": String(revision),
    ...(key === undefined ? {} : { "Nats-Msg-Id": `${key}.${revision}` }),
  };
}

/** What every KV client makes of a bucket, so that others can read it too. */
function bucketSettings({ maxAgeMs, bytesMax }: BucketOptions, subjects: string) {
  return {
    subjects: [subjects],
    retention: "limits",
    max_consumers: -1,
    max_msgs: -1,
    max_msgs_per_subject: 1,
    max_bytes: bytesMax,
    max_age: nanoseconds(maxAgeMs),
    max_msg_size: -1,
    storage: "file",
    discard: "new",
    duplicate_window: nanoseconds(Math.min(maxAgeMs, sameIdMs)),
    allow_rollup_hdrs: true,
    deny_delete: true,
    allow_direct: true,
  };
}

function failed(why: StoreFailure): Failed {
  return { kind: "failed", why };
}

function isFailed(end: Done | Failed): end is Failed {
  return end.kind === "failed";
}

function unguarded(written: Write | Failed): Extract<Write, { readonly kind: "written" }> | Failed {
  return written.kind === "conflict" ? failed("refused") : written;
}

function fromCopy({ headers, data: value }: Msg): LastMessage | Failed {
  if (headers?.code === 404) return { kind: "none" };
  const revision = Number(headers?.get("Nats-Sequence"));
  if (!Number.isSafeInteger(revision) || revision === 0) return failed("refused");
  const isDeleted = ["DEL", "PURGE"].includes(headers?.get("KV-Operation") ?? "");
  return { kind: "found", value, revision, isDeleted };
}

function resultOf(end: Done | Failed): StoreResult {
  if (isFailed(end)) return end.why;
  return end.kind === "none" || end.kind === "conflict" ? end.kind : "ok";
}
