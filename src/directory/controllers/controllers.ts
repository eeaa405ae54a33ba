/**
 * All controllers of one directory: which one is used next, and searches that go on with another when one fails.
 *
 * Order of preference: what answers and has done so for a while, in the configured order; what answers again only since a moment
 * ago; what is slow. A controller that is known to be down is not used at all, so no login waits for it.
 *
 * @module
 */

import type { Deadline } from "../../login/deadline.ts";
import type { ControllerName } from "../../login/ports.ts";
import type { Controller } from "./controller.ts";
import type { ConnectionCounts, ControllerState, FailureReason } from "../directory-options.ts";
import type { DirectoryEntry } from "../ldap/entry.ts";
import type { SearchRequest } from "../ldap/ldap-connection.ts";
import type { ControllerAddress } from "../ldap/secure-socket.ts";
import { continued, parseReference } from "../ldap/referral.ts";

interface Found {
  readonly kind: "entries";
  /** That holds the first of the entries. */
  readonly controller: Controller;
  readonly entries: readonly DirectoryEntry[];
  readonly references: readonly string[];
  readonly more: boolean;
}

export type FoundOutcome =
  | Found
  /** What the last controller asked said; undefined where there was none to ask. */
  | { readonly kind: "failed"; readonly why: FailureReason | undefined };

type Listener = (controller: ControllerName | undefined) => void;

export interface ControllersOptions {
  /** Most wanted first. */
  readonly own: readonly ControllerAddress[];
  /** Asked only where one of our own refers to their hosts. */
  readonly referred: readonly ControllerAddress[];
  /** `changed` is to be called whenever the state of the controller may have changed. */
  readonly start: (address: ControllerAddress, changed: () => void) => Controller;
}

/** Of one search; a server that refers to more is not served better by asking them all. */
const referencesMax = 8;

const notReached = { kind: "failed", why: "unreachable" } as const;

export class Controllers {
  readonly #start: (address: ControllerAddress) => Controller;
  readonly #referred: readonly Controller[];
  readonly #listeners: Listener[] = [];
  #own: readonly Controller[] = [];
  #told: ControllerName | undefined;
  #source: Disposable | undefined;

  constructor({ own, referred, start }: ControllersOptions) {
    this.#start = (address) => start(address, () => this.#tell());
    this.#referred = referred.map(this.#start);
    this.replace(own);
  }

  /** Those that stay keep their connections and what is known of them; those that go are closed. */
  replace(own: readonly ControllerAddress[]): void {
    const [before, names] = [this.#own, new Set(own.map(({ name }) => name))];
    this.#own = own.map(
      (address) => before.find(({ name }) => name === address.name) ?? this.#start(address),
    );
    for (const controller of before) if (!names.has(controller.name)) controller.leave();
    this.#tell();
  }

  /** The one that the next login uses. */
  get preferred(): Controller | undefined {
    return this.#ranked()[0];
  }

  get counts(): readonly ConnectionCounts[] {
    return this.#all.map((controller) => controller.counts);
  }

  get states(): readonly { readonly name: ControllerName; readonly state: ControllerState }[] {
    return this.#all.map(({ name, state }) => ({ name, state }));
  }

  get #all(): readonly Controller[] {
    return [...this.#own, ...this.#referred];
  }

  find(name: ControllerName): Controller | undefined {
    return this.#all.find((controller) => controller.name === name);
  }

  onChange(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /**
   * @param first  Is asked before the others, unless it is known to be down.
   */
  async search(request: SearchRequest, deadline: Deadline, first?: ControllerName): Promise<FoundOutcome> {
    const ranked = this.#ranked(first);
    let why: FailureReason | undefined;
    for (const [index, controller] of ranked.entries()) {
      if (deadline.passed) break;
      const isLast = index === ranked.length - 1;
      const outcome = await controller.search(
        request,
        isLast ? deadline : deadline.sooner(controller.patienceMs),
      );
      if (outcome.kind === "entries") return this.#follow(request, deadline, { ...outcome, controller });
      why = outcome.why;
    }
    return { kind: "failed", why };
  }

  /** Ended together with these controllers. */
  use(source: Disposable): void {
    this.#source = source;
  }

  close(): void {
    this.#source?.[Symbol.dispose]();
    for (const controller of this.#all) controller.close();
  }

  /** One step, and only to hosts that the settings name; what is found elsewhere counts like what is found here. */
  async #follow(request: SearchRequest, deadline: Deadline, found: Found): Promise<FoundOutcome> {
    if (this.#referred.length === 0 || this.#referred.includes(found.controller)) return found;
    const steps = found.references.flatMap((url) => {
      const reference = parseReference(url);
      const controller = this.#referred.find(({ host }) => host === reference?.host);
      const next = reference === undefined ? undefined : continued(request, reference);
      return controller === undefined || next === undefined ? [] : [{ controller, next }];
    });
    const isFound = found.entries.length > 0;
    const all = await Promise.all(
      steps.slice(0, referencesMax).map(async ({ controller, next }) => {
        if (controller.state === "unavailable") return { controller, outcome: notReached };
        // Somebody who was found here waits for nobody there.
        const until = isFound ? deadline.sooner(controller.patienceMs) : deadline;
        return { controller, outcome: await controller.search(next, until) };
      }),
    );
    const others = all.flatMap(({ controller, outcome }) =>
      outcome.kind === "entries" && outcome.entries.length > 0 ? [{ ...outcome, controller }] : [],
    );
    const holding = isFound ? [found, ...others] : others;
    const [first = found] = holding;
    // Whoever is not found may be where nobody answered.
    const failed = all.flatMap(({ outcome }) => (outcome.kind === "failed" ? [outcome] : []));
    if (holding.length === 0 && failed[0] !== undefined) return failed[0];
    return {
      ...first,
      entries: holding.flatMap(({ entries }) => entries),
      more:
        found.more || steps.length > referencesMax || failed.length > 0 || others.some(({ more }) => more),
    };
  }

  #ranked(first?: ControllerName): readonly Controller[] {
    const rankOf = (controller: Controller): number => {
      if (controller.name === first) return 0;
      if (controller.state === "degraded") return 3;
      return controller.isSteady ? 1 : 2;
    };
    const asked = this.#all.filter(
      (controller) => controller.name === first || !this.#referred.includes(controller),
    );
    return asked.filter(({ state }) => state !== "unavailable").toSorted((a, b) => rankOf(a) - rankOf(b));
  }

  #tell(): void {
    const current = this.preferred?.name;
    if (current === this.#told) return;
    this.#told = current;
    for (const listener of this.#listeners) listener(current);
  }
}
