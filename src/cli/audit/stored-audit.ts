/**
 * The audit's records as they stand in the stream, opened, each once.
 *
 * What nobody wrote who has the keys is not shown as a record: it is counted, and so are records that are missing and such as stand
 * there twice. One process's numbers tell.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import type { AuditReader, Unreadable } from "../../bus/audit-reader.ts";
import type { StoredMessage } from "../../bus/jetstream-answer.ts";
import { isAttemptId } from "../../login/attempt.ts";
import { Deadline } from "../../login/deadline.ts";
import type { NumberedRecord, OpenRecord } from "../../protocol/sealed-records.ts";
import { auditShelf } from "../../protocol/subjects.ts";
import { Tally } from "./tally.ts";

/** What is asked for at once. */
const atOnce = 64;
const answerTimeoutMs = 5_000;
const followPauseMs = 500;
/** Records come a little out of order: so many before the first are looked at too, so that none is thought missing. */
const overlap = 600;

/** The stream cannot be read. */
export class AuditUnreadableError extends Error {
  readonly code: Unreadable["why"];

  constructor({ why }: Unreadable) {
    super(`the stream of the audit cannot be read (${why})`);
    this.name = "AuditUnreadableError";
    this.code = why;
  }
}

export class StoredAudit {
  readonly tally = new Tally();
  readonly #reader: AuditReader;
  readonly #open: OpenRecord;

  constructor(reader: AuditReader, open: OpenRecord) {
    this.#reader = reader;
    this.#open = open;
  }

  /**
   * Lines of JSON in the order in which they came, from some before that time on.
   * @param follow  Goes on with those that come, until it is aborted.
   * @throws {AuditUnreadableError}
   */
  async *since(sinceMs: number, follow: AbortSignal | undefined): AsyncGenerator<string> {
    let { first, last } = await this.#extent();
    let next = Math.max(first, (await this.#find(sinceMs, first, last)) - overlap);
    for (;;) {
      while (next <= last) {
        const count = Math.min(atOnce, last - next + 1);
        const messages = await Promise.all(Array.from({ length: count }, (_, n) => this.#at(next + n)));
        for (const message of messages) yield* this.#recordOf(message);
        next += count;
      }
      if (follow === undefined || follow.aborted) return;
      await pause(followPauseMs, undefined, { signal: follow }).catch(() => undefined);
      ({ first, last } = await this.#extent());
      next = Math.max(next, first);
    }
  }

  /** Lines of JSON, among them all of this attempt. @throws {AuditUnreadableError} */
  async *ofAttempt(attempt: string): AsyncGenerator<string> {
    if (!isAttemptId(attempt)) return;
    for (let next = 1; ;) {
      const found = await this.#reader.next(next, auditShelf(attempt), Deadline.after(answerTimeoutMs));
      if (found.kind === "unreadable") throw new AuditUnreadableError(found);
      if (found.kind === "none") return;
      next = found.message.sequence + 1;
      yield* this.#recordOf(found.message);
    }
  }

  *#recordOf(message: StoredMessage | undefined): Generator<string> {
    if (message === undefined) return;
    const record: NumberedRecord | undefined = this.#open(message.subject, message.data);
    if (record === undefined) this.tally.foreign();
    else if (this.tally.count(record.process, record.sequence)) yield record.text;
  }

  async #extent(): Promise<{ readonly first: number; readonly last: number }> {
    const extent = await this.#reader.extent(Deadline.after(answerTimeoutMs));
    if (extent.kind === "unreadable") throw new AuditUnreadableError(extent);
    return extent;
  }

  async #at(sequence: number): Promise<StoredMessage | undefined> {
    const found = await this.#reader.at(sequence, Deadline.after(answerTimeoutMs));
    if (found.kind === "unreadable") throw new AuditUnreadableError(found);
    return found.kind === "found" ? found.message : undefined;
  }

  /** The first that came then or later, by halves. */
  async #find(sinceMs: number, first: number, last: number): Promise<number> {
    let [low, high] = [first, last + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const message = await this.#at(middle);
      if (message === undefined || message.atMs < sinceMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
