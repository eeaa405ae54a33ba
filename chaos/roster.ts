/**
 * Who logs in, with what, and what must come of it.
 *
 * People with right and with wrong passwords are disjoint, because a success ends an account's count: so the directory's own
 * counters tell exactly how many wrong passwords it has seen.
 *
 * @module
 */

export type Kind = "right" | "wrong" | "unknown";

export interface PlannedLogin {
  readonly kind: Kind;
  readonly username: string;
  readonly password: string;
}

/** Of ten logins; every tenth is by somebody whom nobody knows. */
const pattern: readonly Kind[] = [
  "right",
  "wrong",
  "right",
  "right",
  "wrong",
  "right",
  "right",
  "unknown",
  "wrong",
  "right",
];

export class Roster {
  readonly #password: string;
  readonly #right: readonly string[];
  readonly #wrong: readonly string[];
  #serial = 0;

  /** @param accounts  Plain accounts; a third of them gets wrong passwords only. */
  constructor(accounts: readonly string[], password: string) {
    const third = Math.floor(accounts.length / 3);
    this.#wrong = accounts.slice(0, third);
    this.#right = accounts.slice(third);
    this.#password = password;
  }

  next(): PlannedLogin {
    const n = this.#serial;
    this.#serial += 1;
    const kind = pattern[n % pattern.length] ?? "right";
    switch (kind) {
      case "right":
        return { kind, username: pick(this.#right, n), password: this.#password };
      case "wrong":
        return { kind, username: pick(this.#wrong, n), password: `wrong ${n}` };
      case "unknown":
        return { kind, username: `nobody${n}`, password: `wrong ${n}` };
    }
  }
}

function pick(accounts: readonly string[], n: number): string {
  const account = accounts[n % accounts.length];
  if (account === undefined) throw new Error("the roster is empty");
  return account;
}
