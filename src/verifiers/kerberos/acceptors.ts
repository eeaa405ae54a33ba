/**
 * Keeps an acceptor process running, whatever becomes of one: another is started, after a pause that grows while they go on failing,
 * and a changed keytab gets one of its own before the old one is let go.
 *
 * @module
 */

import type { Deadline } from "../../login/deadline.ts";
import { Acceptor } from "./acceptor.ts";
import type { Acceptance } from "./acceptor.ts";
import { parseKeytab } from "./keytab.ts";
import type { KeytabEntry } from "./keytab.ts";

interface Keytab {
  readonly bytes: Uint8Array;
  readonly entries: readonly KeytabEntry[];
}

const restartFirstMs = 100;
const restartMostMs = 10_000;
/** One that lived so long did not fail at once. */
const steadyMs = 30_000;

export class Acceptors implements Disposable {
  readonly #onDeath: () => void;
  #keytab: Keytab;
  #current: Acceptor | undefined;
  #pauseMs = restartFirstMs;
  #restarting: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(keytab: Keytab, onDeath: () => void) {
    this.#keytab = keytab;
    this.#onDeath = onDeath;
  }

  /**
   * @param onDeath  Told of each process that ended by itself.
   * @returns the problem where the keytab is of no use, or tickets cannot be checked on this machine at all.
   */
  static async start(
    bytes: Uint8Array,
    onDeath: () => void,
  ): Promise<Acceptors | { readonly problem: string }> {
    const parsed = parseKeytab(bytes);
    if (!parsed.ok) return parsed;
    const acceptors = new Acceptors({ bytes, entries: parsed.entries }, onDeath);
    try {
      acceptors.#current = await acceptors.#startWith(acceptors.#keytab);
      return acceptors;
    } catch (error) {
      return { problem: problemOf(error) };
    }
  }

  get ready(): boolean {
    return this.#current !== undefined;
  }

  /** What the keytab in use holds. */
  get keys(): readonly KeytabEntry[] {
    return this.#keytab.entries;
  }

  async accept(token: string, deadline: Deadline): Promise<Acceptance> {
    return this.#current?.accept(token, deadline) ?? { kind: "unavailable" };
  }

  /** @returns what is wrong with it, and then the one before goes on serving. */
  async renewKeytab(bytes: Uint8Array): Promise<string | undefined> {
    const parsed = parseKeytab(bytes);
    if (!parsed.ok) return parsed.problem;
    const keytab = { bytes, entries: parsed.entries };
    try {
      const started = await this.#startWith(keytab);
      const before = this.#current;
      this.#current = started;
      this.#keytab = keytab;
      before?.retire();
      return undefined;
    } catch (error) {
      return problemOf(error);
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#restarting);
    this.#current?.[Symbol.dispose]();
  }

  #startWith({ bytes, entries }: Keytab): Promise<Acceptor> {
    const startedAtMs = performance.now();
    const onEnd = (ended: Acceptor): void => {
      // One that did not come up, or was let go.
      if (this.#closed || ended !== this.#current) return;
      this.#onDeath();
      if (performance.now() - startedAtMs > steadyMs) this.#pauseMs = restartFirstMs;
      this.#current = undefined;
      this.#startAgain();
    };
    return Acceptor.start({ keytab: bytes, service: serviceNameIn(entries), onEnd });
  }

  #startAgain(): void {
    this.#restarting = setTimeout(() => void this.#restart(), this.#pauseMs);
    this.#pauseMs = Math.min(restartMostMs, this.#pauseMs * 2);
  }

  async #restart(): Promise<void> {
    try {
      const started = await this.#startWith(this.#keytab);
      // A renewed keytab may have been quicker.
      if (this.#closed || this.#current !== undefined) started[Symbol.dispose]();
      else this.#current = started;
    } catch {
      if (!this.#closed) this.#startAgain();
    }
  }
}

/** The form in which GSS-API takes a service's name, of one that is in the keytab. @see RFC 2743 §4.1 */
function serviceNameIn(entries: readonly KeytabEntry[]): string {
  return (entries[0]?.service ?? "").replace("/", "@");
}

function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : "is of no use";
}
