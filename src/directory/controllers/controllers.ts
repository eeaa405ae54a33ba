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
import type { ConnectionCounts, FailureReason } from "../directory-options.ts";
import type { DirectoryEntry } from "../ldap/entry.ts";
import type { SearchRequest } from "../ldap/ldap-connection.ts";

export type FoundOutcome =
  | {
      readonly kind: "entries";
      readonly controller: Controller;
      readonly entries: readonly DirectoryEntry[];
      readonly more: boolean;
    }
  /** What the last controller asked said; undefined where there was none to ask. */
  | { readonly kind: "failed"; readonly why: FailureReason | undefined };

type Listener = (controller: ControllerName | undefined) => void;

export class Controllers {
  readonly #all: readonly Controller[];
  readonly #listeners: Listener[] = [];
  #told: ControllerName | undefined;

  /** @param create  Makes the controllers; `changed` is to be called whenever the state of one may have changed. */
  constructor(create: (changed: () => void) => readonly Controller[]) {
    this.#all = create(() => this.#tell());
  }

  /** The one that the next login uses. */
  get preferred(): Controller | undefined {
    return this.#ranked()[0];
  }

  get counts(): readonly ConnectionCounts[] {
    return this.#all.map((controller) => controller.counts);
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
      if (outcome.kind === "entries") return { ...outcome, controller };
      why = outcome.why;
    }
    return { kind: "failed", why };
  }

  close(): void {
    for (const controller of this.#all) controller.close();
  }

  #ranked(first?: ControllerName): readonly Controller[] {
    const rankOf = (controller: Controller): number => {
      if (controller.name === first) return 0;
      if (controller.state === "degraded") return 3;
      return controller.isSteady ? 1 : 2;
    };
    return this.#all.filter(({ state }) => state !== "unavailable").toSorted((a, b) => rankOf(a) - rankOf(b));
  }

  #tell(): void {
    const current = this.preferred?.name;
    if (current === this.#told) return;
    this.#told = current;
    for (const listener of this.#listeners) listener(current);
  }
}
