/**
 * Which account a name stands for, and how near it is to being locked: asked of a connector, and remembered for a while.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { AccountName } from "../../login/account-name.ts";
import type { ConnectionName } from "../../login/attempt.ts";
import type { Deadline, MonotonicClock } from "../../login/deadline.ts";
import { foldedName } from "../../login/standing.ts";
import type { Standing } from "../../login/standing.ts";
import type { Fault } from "../../login/verdict.ts";
import { remember } from "../../login/remember.ts";

export type LookUp = (
  connection: ConnectionName,
  name: AccountName,
  deadline: Deadline,
) => Promise<Standing | Fault>;

/** For how long a name is believed to be the same account's. */
const rememberedMs = 300_000;
const entriesMax = 20_000;

export class Standings {
  readonly #lookUp: LookUp;
  readonly #now: MonotonicClock;
  readonly #known = new Map<string, { readonly standing: Standing; readonly atMs: number }>();

  constructor(lookUp: LookUp, now: MonotonicClock) {
    this.#lookUp = lookUp;
    this.#now = now;
  }

  remembered(connection: ConnectionName, name: AccountName): Standing | undefined {
    const known = this.#known.get(keyOf(connection, name));
    return known !== undefined && this.#now() - known.atMs < rememberedMs ? known.standing : undefined;
  }

  /**
   * A fault where it cannot be known: then nothing is guessed. Otherwise whoever keeps connectors or directory too busy to look
   * accounts up could guess without a budget. Where nobody was there, somebody is asked once more, which can do no harm.
   */
  async ask(connection: ConnectionName, name: AccountName, deadline: Deadline): Promise<Standing | Fault> {
    let answer = await this.#lookUp(connection, name, deadline);
    if (typeof answer === "string" && isOutage(answer))
      answer = await this.#lookUp(connection, name, deadline);
    if (typeof answer === "string") return answer;
    // The same person may be in two directories; what is counted for one is not counted for the other.
    const standing = { ...answer, account: `${connection} ${answer.account}` };
    this.#remember(keyOf(connection, name), standing);
    return standing;
  }

  #remember(key: string, standing: Standing): void {
    remember(this.#known, key, { standing, atMs: this.#now() }, entriesMax);
  }
}

function isOutage(fault: Fault): boolean {
  return ["no_connector", "connector_not_ready", "directory_unreachable", "bus_disconnected"].includes(fault);
}

function keyOf(connection: ConnectionName, name: AccountName): string {
  const digest = createHash("sha256").update(foldedName(name.text)).digest("base64url");
  return `${connection} ${digest}`;
}
