/**
 * A stream of JetStream: made when it is first wanted, and again when it is gone.
 *
 * @module
 */

import { Deadline } from "../login/deadline.ts";
import { withinDeadline } from "../login/within-deadline.ts";
import { jetStreamErrors, parseApiAnswer } from "./jetstream-answer.ts";
import type { ApiAnswer } from "./jetstream-answer.ts";
import type { JetStreamAnswer, JetStreamRequests } from "./jetstream-requests.ts";
import type { StoreFailure, StoreResult } from "./store-event.ts";

export interface MadeStreamOptions {
  readonly name: string;
  /** All that the servers are told of it, but its name and copies. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Without it three where the servers are a cluster, else one. */
  readonly replicas: number | undefined;
  readonly observe: (result: StoreResult, ms: number) => void;
}

/** The first one of a cluster takes half a second; before the servers have a leader it is lost. */
const openTimeoutMs = 2_000;
/** However many find nobody at the same time. */
const lookPauseMs = 1_000;
/** Without JetStream nobody waits for it again and again. */
const openPauseMs = 1_000;
const clusterReplicas = 3;

export class MadeStream {
  readonly #options: MadeStreamOptions;
  readonly #requests: JetStreamRequests;
  #isOpen = false;
  #opening: Promise<void> | undefined;
  #openAgain = Deadline.after(0);
  #lookAgain = Deadline.after(0);
  #failure: StoreFailure = "timeout";

  constructor(options: MadeStreamOptions, requests: JetStreamRequests) {
    this.#options = options;
    this.#requests = requests;
  }

  /**
   * What is begun is shared by all that wait for it, and does not end with the first of them.
   * @returns why it is not open.
   */
  async open(deadline: Deadline): Promise<StoreFailure | undefined> {
    if (this.#isOpen) return undefined;
    if (this.#opening === undefined && !this.#openAgain.passed) return this.#failure;
    this.#opening ??= this.#create();
    const opened = await withinDeadline(deadline, this.#opening);
    if (this.#isOpen) return undefined;
    return opened === "timeout" ? "timeout" : this.#failure;
  }

  /** Somebody took it away, or the servers lost it. */
  lost(): void {
    this.#isOpen = false;
  }

  /**
   * To be called when nobody takes its subjects: so it is while it is gone, and also while it has no leader. Made anew in an election, it
   * would be in that election's way.
   */
  async look(): Promise<void> {
    if (!this.#lookAgain.passed) return;
    this.#lookAgain = Deadline.after(lookPauseMs);
    const found = await this.#inspect(this.#lookAgain);
    if (found?.errorCode === jetStreamErrors.streamNotFound) this.lost();
  }

  async #create(): Promise<void> {
    const startedAtMs = performance.now();
    const deadline = Deadline.after(openTimeoutMs);
    const { replicas, observe } = this.#options;
    let result = await this.#createWith(replicas ?? clusterReplicas, deadline);
    if (result === "no_cluster")
      result = replicas === undefined ? await this.#createWith(1, deadline) : "refused";
    if (result === "differs" && (await this.#isTapped(deadline))) result = "tapped";
    const told: StoreResult = result === "no_cluster" ? "refused" : result;
    if (told === "ok" || told === "differs") this.#isOpen = true;
    else this.#failure = told;
    this.#openAgain = Deadline.after(openPauseMs);
    this.#opening = undefined;
    observe(told, performance.now() - startedAtMs);
  }

  /** Where it is there already as it should be, the servers say so in the same words. */
  async #createWith(
    replicas: number,
    deadline: Deadline,
  ): Promise<"ok" | "differs" | "no_cluster" | StoreFailure> {
    const { name, settings } = this.#options;
    const configuration = JSON.stringify({ name, ...settings, num_replicas: replicas });
    const asked = await this.#requests.ask(
      `$JS.API.STREAM.CREATE.${name}`,
      Buffer.from(configuration),
      deadline,
    );
    if (asked.kind !== "answer") return whyUnanswered(asked);
    const answer = parseApiAnswer(asked.message.data);
    switch (answer?.errorCode) {
      case undefined:
        return answer === undefined ? "refused" : "ok";
      case jetStreamErrors.streamNameInUse:
        return "differs";
      case jetStreamErrors.replicasNotSupported:
        return "no_cluster";
      default:
        return "refused";
    }
  }

  /**
   * Whoever stole a program's user before its buckets were there could make them as they liked: to listen to the whole bus through one, or
   * to speak on it. Limits may differ because the settings have changed; where messages come from and go to never does.
   */
  async #isTapped(deadline: Deadline): Promise<boolean> {
    const config = (await this.#inspect(deadline))?.config;
    if (config === undefined) return false;
    const taps = ["mirror", "sources", "republish", "subject_transform"].filter((tap) =>
      isGiven(config[tap]),
    );
    const { subjects } = this.#options.settings;
    return taps.length > 0 || JSON.stringify(config["subjects"]) !== JSON.stringify(subjects);
  }

  /** @returns undefined where nobody answers. */
  async #inspect(deadline: Deadline): Promise<ApiAnswer | undefined> {
    const subject = `$JS.API.STREAM.INFO.${this.#options.name}`;
    const asked = await this.#requests.ask(subject, new Uint8Array(), deadline);
    return asked.kind === "answer" ? parseApiAnswer(asked.message.data) : undefined;
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

export function whyUnanswered(asked: Exclude<JetStreamAnswer, { readonly kind: "answer" }>): StoreFailure {
  return asked.kind === "nobody" ? "no_jetstream" : asked.why;
}

/** As JetStream counts time. */
export function nanoseconds(ms: number): number {
  return ms * 1_000_000;
}
