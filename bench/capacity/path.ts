/**
 * The way of a login, message by message, through processes that take turns.
 *
 * Follows `gateway/authenticate.ts` and `connector/handle.ts`: announce, claim, grant, search, the bind's announcement and its
 * confirmation with the reading of groups beside them, a connection for the bind, the bind, the verdict.
 *
 * @module
 */

import { Pace } from "../../src/gateway/pace.ts";
import { areUneven } from "../../src/gateway/under-way.ts";
import { createProcessId } from "../../src/protocol/subjects.ts";
import type { ProcessId } from "../../src/protocol/subjects.ts";
import type { Agenda } from "./agenda.ts";
import { Processors } from "./agenda.ts";
import type { Installation, Parameters } from "./parameters.ts";
import { things } from "./parameters.ts";
import { byProcess } from "./points.ts";
import type { Process, Setting } from "./points.ts";
import { Program } from "./program.ts";

const [pauseFirstMs, pauseMostMs] = [15, 120];
/** How often a replica says of what it works on that it does. */
const workingIntervalMs = 200;
/** Of the work of one thing: there is no HTTP in it, and no directory. */
const workingWeight = 0.5;

/** And the node of the bus that it is connected to. */
interface Client {
  readonly program: Program;
  readonly node: Program;
}

interface Gateway extends Client {
  /** Which replicas it holds to be slow: by the product's own judgement. */
  readonly pace: Pace;
}

interface Replica extends Client {
  readonly id: ProcessId;
  /** Logins that it works on: all, and by the gateway that they came from. */
  active: number;
  readonly activeOf: Map<Client, number>;
  freeConnections: number;
  readonly waiting: (() => void)[];
}

export interface PathOptions {
  readonly agenda: Agenda;
  readonly random: () => number;
  readonly at: Setting;
  readonly installation: Installation;
  readonly parameters: Parameters;
}

/** So far, of all logins. */
export interface PathCounts {
  readonly slotMs: number;
  readonly connectionMs: number;
  readonly busyAnswers: number;
}

export class Path {
  readonly programs = byProcess((): Program[] => []);
  readonly #options: PathOptions;
  readonly #agenda: Agenda;
  readonly #processors: Processors;
  readonly #driver: Program;
  readonly #directory: Program;
  readonly #line: Program;
  readonly #gateways: readonly Gateway[];
  readonly #replicas: readonly Replica[];
  #busyAnswers = 0;
  #slotMs = 0;
  #connectionMs = 0;

  constructor(options: PathOptions) {
    this.#options = options;
    const { agenda, at, installation } = options;
    this.#agenda = agenda;
    this.#processors = new Processors(agenda, installation.processors);
    this.#driver = this.#program("driver");
    this.#directory = this.#program("directory");
    this.#line = this.#program("line");
    const nodes = Array.from({ length: installation.natsNodes }, () => this.#program("nats"));
    const client = (process: Process, index: number): Client => ({
      program: this.#program(process),
      node: pick(nodes, index % nodes.length),
    });
    this.#gateways = Array.from({ length: installation.gateways }, (_, index) => ({
      ...client("gateway", index),
      pace: new Pace(() => this.#agenda.nowMs),
    }));
    this.#replicas = Array.from({ length: at.replicas }, (_, index) => ({
      ...client("connector", index),
      id: createProcessId((size) => Buffer.alloc(size, index)),
      active: 0,
      activeOf: new Map(),
      freeConnections: at.pool,
      waiting: [],
    }));
    for (const replica of this.#replicas) this.#saysThatItWorks(replica);
  }

  get counts(): PathCounts {
    return { slotMs: this.#slotMs, connectionMs: this.#connectionMs, busyAnswers: this.#busyAnswers };
  }

  /** @param then  When whoever asked has the answer. */
  logIn(then: () => void): void {
    const gateway = this.#any(this.#gateways);
    gateway.program.takes(() => this.#announce(gateway, 0, () => this.#driver.takes(then)));
  }

  /** That one process of the kind may use at once. */
  threadsOf(process: Process): number {
    return process === "nats" ? this.#options.installation.natsThreads : 1;
  }

  #program(process: Process): Program {
    const { costs, besideShare, afterShare, waking } = this.#options.parameters;
    const { turnMs, loginMs } = costs[process];
    const program = new Program({
      agenda: this.#agenda,
      processors: this.#processors,
      turnMs,
      thingMs: loginMs / things[process],
      besideShare: besideShare[process],
      afterShare,
      threads: this.threadsOf(process),
      waking,
    });
    this.programs[process].push(program);
    return program;
  }

  #saysThatItWorks(replica: Replica): void {
    this.#agenda.after(workingIntervalMs, () => {
      for (const [gateway, count] of replica.activeOf) {
        for (let login = 0; login < count; login += 1)
          replica.program.takes(
            () => this.#tell(replica, gateway, () => undefined, workingWeight),
            workingWeight,
          );
      }
      this.#saysThatItWorks(replica);
    });
  }

  #announce(gateway: Gateway, repeats: number, answered: () => void): void {
    const replica = this.#choose(gateway);
    this.#tell(gateway, replica, () => {
      if (replica.active >= this.#options.installation.inFlightMax) {
        this.#busyAnswers += 1;
        this.#tell(replica, gateway, () => {
          const pauseMs = this.#options.random() * Math.min(pauseMostMs, pauseFirstMs * 2 ** repeats);
          this.#agenda.after(pauseMs, () => this.#announce(gateway, repeats + 1, answered));
        });
        return;
      }
      const takenAtMs = this.#agenda.nowMs;
      change(replica, gateway, 1);
      this.#tell(replica, gateway, () => {
        const claimedAtMs = this.#agenda.nowMs;
        const verdict = (): void => {
          change(replica, gateway, -1);
          this.#slotMs += this.#agenda.nowMs - takenAtMs;
          this.#tell(replica, gateway, () => {
            gateway.pace.took(replica.id, this.#agenda.nowMs - claimedAtMs);
            answered();
          });
        };
        this.#tell(gateway, replica, () => this.#verify(gateway, replica, verdict));
      });
    });
  }

  /** The queue group takes any; while one is far slower or busier than others, the gateway asks of two the less busy. */
  #choose(gateway: Gateway): Replica {
    const { pace } = gateway;
    const givenTo = ({ activeOf }: Replica): number => activeOf.get(gateway) ?? 0;
    if (!pace.anySlow && !areUneven(this.#replicas.map(givenTo))) return this.#any(this.#replicas);
    const due = this.#replicas.find(({ id }) => pace.isDue(id));
    if (due !== undefined) {
      pace.tried(due.id);
      return due;
    }
    const steady = this.#replicas.filter(({ id }) => !pace.isSlow(id));
    const [one, other] = [this.#any(steady), this.#any(steady)];
    return givenTo(other) < givenTo(one) ? other : one;
  }

  #verify(gateway: Gateway, replica: Replica, verdict: () => void): void {
    let missing = 2;
    const oneIsThere = (): void => {
      missing -= 1;
      if (missing === 0) verdict();
    };
    this.#search(replica, () => {
      this.#search(replica, oneIsThere);
      this.#tell(replica, gateway, () => this.#tell(gateway, replica, () => this.#bind(replica, oneIsThere)));
    });
  }

  /** On a connection that nobody else has meanwhile; at once, where searches wait for the end of the turn. */
  #bind(replica: Replica, then: () => void): void {
    const send = (): void => {
      const fromMs = this.#agenda.nowMs;
      this.#ask(replica, () => {
        this.#connectionMs += this.#agenda.nowMs - fromMs;
        const next = replica.waiting.shift();
        if (next === undefined) replica.freeConnections += 1;
        else next();
        then();
      });
    };
    if (replica.freeConnections === 0) {
      replica.waiting.push(send);
      return;
    }
    replica.freeConnections -= 1;
    send();
  }

  #search(replica: Replica, then: () => void): void {
    replica.program.atEndOfTurn(() => this.#ask(replica, then));
  }

  /** The directory, there and back. */
  #ask({ program }: Replica, then: () => void): void {
    this.#overLine(() => this.#directory.takes(() => this.#overLine(() => program.takes(then))));
  }

  #overLine(then: () => void): void {
    const { at, installation, parameters } = this.#options;
    if (at.latencyMs === 0) return then();
    if (!installation.hasLine) return this.#agenda.after(at.latencyMs / 2, then);
    const line = this.#line;
    line.takes(() => {
      const lineMs = parameters.lineMs[at.latencyMs] ?? 0;
      // Its timers count whole milliseconds.
      const delayMs = (at.latencyMs + lineMs) / 2 + this.#options.random() - 0.5;
      this.#agenda.after(Math.max(0, delayMs), () => line.takes(then));
    });
  }

  /** Over the bus; between two nodes where they are not connected to the same. */
  #tell(from: Client, to: Client, then: () => void, weight = 1): void {
    const { busMs } = this.#options.installation;
    const arrive = (): void => this.#agenda.after(busMs, () => to.program.takes(then, weight));
    const pass = (node: Program): void =>
      node.atEndOfTurn(() => {
        if (node === to.node) arrive();
        else to.node.takes(() => pass(to.node));
      });
    from.program.atEndOfTurn(() => this.#agenda.after(busMs, () => from.node.takes(() => pass(from.node))));
  }

  #any<T>(of: readonly T[]): T {
    return pick(of, Math.floor(this.#options.random() * of.length));
  }
}

function change(replica: Replica, gateway: Client, by: number): void {
  replica.active += by;
  replica.activeOf.set(gateway, (replica.activeOf.get(gateway) ?? 0) + by);
}

function pick<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no number ${index}`);
  return item;
}
