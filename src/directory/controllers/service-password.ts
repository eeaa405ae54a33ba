/**
 * One password of the service account, and what the directory has said of it.
 *
 * @module
 */

import type { FailureReason } from "../directory-options.ts";
import type { DenialReason } from "../../login/verdict.ts";
import type { Secret } from "../../login/secret.ts";

const pauseMs = 60_000;
const wrongPasswordPauseMinMs = 10 * 60_000;
const wrongPasswordPauseMaxMs = 60 * 60_000;

export class ServicePassword {
  readonly secret: Secret;
  #isProven = false;
  #refused: FailureReason | undefined;
  #nextTryAtMs = -Infinity;
  #wrongPasswordPauseMs = wrongPasswordPauseMinMs;

  constructor(secret: Secret) {
    this.secret = secret;
  }

  /** True while the last that the directory said of it was yes. */
  get isProven(): boolean {
    return this.#isProven;
  }

  is(secret: Secret): boolean {
    return this.secret.reveal() === secret.reveal();
  }

  /** @returns why it must not be tried now. */
  refusedAt(nowMs: number): FailureReason | undefined {
    return nowMs < this.#nextTryAtMs ? this.#refused : undefined;
  }

  /** @returns false where that was known. */
  accepted(): boolean {
    const isNew = !this.#isProven;
    this.#isProven = true;
    this.#refused = undefined;
    this.#wrongPasswordPauseMs = wrongPasswordPauseMinMs;
    return isNew;
  }

  denied(reason: DenialReason, nowMs: number): FailureReason {
    this.#isProven = false;
    this.#refused = `service_account_${reason}`;
    if (reason === "bad_credentials") {
      this.#nextTryAtMs = nowMs + this.#wrongPasswordPauseMs;
      this.#wrongPasswordPauseMs = Math.min(wrongPasswordPauseMaxMs, 2 * this.#wrongPasswordPauseMs);
    } else {
      this.#nextTryAtMs = nowMs + pauseMs;
    }
    return this.#refused;
  }

  /** It may be tried once more: the directory has changed since it was refused. */
  revive(): void {
    this.#nextTryAtMs = -Infinity;
  }
}
