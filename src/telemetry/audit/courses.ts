/**
 * What requests went through that have no answer yet.
 *
 * @module
 */

import type { AttemptId } from "../../login/attempt.ts";
import { remember } from "../../login/remember.ts";
import type { AuditFacts } from "./record.ts";

/** More than any gateway has under way. */
const coursesMax = 20_000;

export class Courses {
  readonly #known = new Map<AttemptId, AuditFacts>();

  add(attempt: AttemptId, facts: AuditFacts): void {
    remember(this.#known, attempt, { ...this.#known.get(attempt), ...facts }, coursesMax);
  }

  addSilent(attempt: AttemptId, replica: string): void {
    const silent = this.#known.get(attempt)?.silent;
    this.add(attempt, { silent: [...(Array.isArray(silent) ? silent : []), replica] });
  }

  take(attempt: AttemptId): AuditFacts {
    const facts = this.#known.get(attempt) ?? {};
    this.#known.delete(attempt);
    return facts;
  }
}
