/**
 * One process's audit records, on their way to where they are kept.
 *
 * @module
 */

import { disguised } from "./disguise.ts";
import type { Disguise } from "./disguise.ts";
import { auditVersion } from "./record.ts";
import type { AuditAct, AuditFacts, AuditRecord } from "./record.ts";

/** Takes a record without waiting for anything. */
export interface AuditSink {
  take(record: AuditRecord): void;
}

export interface AuditTrailOptions {
  readonly program: string;
  /** Id of this process. */
  readonly replica: string;
  readonly disguise: Disguise;
  readonly wallClock: () => number;
}

export class AuditTrail {
  readonly #options: AuditTrailOptions;
  readonly #sinks: AuditSink[] = [];
  #sequence = 0;

  constructor(options: AuditTrailOptions) {
    this.#options = options;
  }

  /** Whether anybody keeps what is written. */
  get isKept(): boolean {
    return this.#sinks.length > 0;
  }

  /** Before anything is written. */
  keepIn(sink: AuditSink): void {
    this.#sinks.push(sink);
  }

  /** Waits for nobody. */
  write(act: AuditAct, facts: AuditFacts = {}): void {
    this.#sequence += 1;
    const { program, replica, disguise, wallClock } = this.#options;
    const { connection, attempt } = facts;
    const line = JSON.stringify({
      v: auditVersion,
      act,
      time: new Date(wallClock()).toISOString(),
      program,
      replica,
      seq: this.#sequence,
      ...disguised(facts, disguise),
    });
    const record: AuditRecord = {
      replica,
      sequence: this.#sequence,
      connection: typeof connection === "string" ? connection : undefined,
      attempt: typeof attempt === "string" ? attempt : undefined,
      line,
    };
    for (const sink of this.#sinks) sink.take(record);
  }
}
