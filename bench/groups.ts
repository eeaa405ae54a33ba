/**
 * `npm run bench:groups`: what a login of somebody in 200 groups, nested five deep, costs beside one of somebody in none.
 *
 * Both log in in turn at a gateway, over NATS and a connector, so that the machine's faster and slower moments hit both alike. The
 * directory's part alone is measured beside it, in this process: `engine`, and of that `bind`, because Samba works groups out at
 * every bind: that is its cost and not ours. Ends with 1 where groups are missing, or where what is ours makes the login more than
 * 1.5 times as long.
 */

import { Deadline } from "../src/login/deadline.ts";
import { Secret } from "../src/login/secret.ts";
import { openDirectory } from "../test/integration/directory/opened-directory.ts";
import type { LabDirectory } from "../test/support/lab-directory.ts";
import { startLoginSystem } from "../test/support/login-system.ts";
import { levels, nestedGroups } from "../test/support/nested-groups.ts";
import { startSamba } from "../test/support/samba.ts";
import { startSlapd } from "../test/support/slapd.ts";
import { median } from "./rates.ts";

const warmUps = 20;
const rounds = 200;
const ratioMax = 1.5;
const deadlineMs = 5_000;

/** The same thing done for somebody in many groups and for somebody in none, in turn. */
class Comparison {
  readonly #work: (account: string) => Promise<void>;
  readonly #many: string;
  readonly #none: string;
  readonly #manyMs: number[] = [];
  readonly #noneMs: number[] = [];

  constructor(work: (account: string) => Promise<void>, many: string, none: string) {
    this.#work = work;
    this.#many = many;
    this.#none = none;
  }

  async once(isCounted: boolean): Promise<void> {
    for (const [account, times] of [
      [this.#many, this.#manyMs],
      [this.#none, this.#noneMs],
    ] as const) {
      const startedAtMs = performance.now();
      await this.#work(account);
      if (isCounted) times.push(performance.now() - startedAtMs);
    }
  }

  get noneMs(): number {
    return median(this.#noneMs);
  }

  get extraMs(): number {
    return median(this.#manyMs) - this.noneMs;
  }

  get figures(): Readonly<Record<"manyP50Ms" | "noneP50Ms" | "ratio", number>> {
    const manyMs = median(this.#manyMs);
    return {
      manyP50Ms: rounded(manyMs),
      noneP50Ms: rounded(this.noneMs),
      ratio: rounded(manyMs / this.noneMs),
    };
  }
}

function rounded(value: number): number {
  return Math.round(100 * value) / 100;
}

const directories: readonly (readonly [
  name: string,
  start: () => Promise<LabDirectory>,
  many: string,
  none: string,
])[] = [
  ["Active Directory (Samba)", () => startSamba(), "user01", "user02"],
  ["OpenLDAP (slapd)", () => startSlapd({ usersMax: 2 }), "u1", "grace"],
];

for (const [name, start, many, none] of directories) {
  await using directory = await start();
  await directory.asAdministrator((client) => nestedGroups(client, directory, many));
  await using system = await startLoginSystem({ directory, replicas: 1, capture: false });
  await using opened = await openDirectory([directory]);
  let groups = 0;
  const logIn = async (account: string): Promise<void> => {
    const { status, body } = await system.gateway.login({ username: account, password: directory.password });
    if (status !== 200) throw new Error(`${account} was not accepted`);
    if (account === many) groups = JSON.stringify(body).match(/"name":"Nested/g)?.length ?? 0;
  };
  const verify = async (account: string): Promise<void> => {
    const end = await opened.logIn(account, directory.password);
    if (end.outcome !== "accepted") throw new Error(`${account} was not accepted`);
  };
  const found = new Map([
    [many, await opened.find(many)],
    [none, await opened.find(none)],
  ] as const);
  const bind = async (account: string): Promise<void> => {
    const person = found.get(account);
    if (person === undefined) throw new Error(`${account} was not found`);
    await opened.engine.bind(person, new Secret(directory.password), {
      deadline: Deadline.after(deadlineMs),
      report: () => undefined,
      aside: (work) => work,
      permitBind: () => Promise.resolve("permitted"),
      mayBind: true,
    });
  };
  const login = new Comparison(logIn, many, none);
  const engine = new Comparison(verify, many, none);
  const binds = new Comparison(bind, many, none);
  for (let round = 0; round < warmUps + rounds; round += 1) {
    for (const comparison of [login, engine, binds]) await comparison.once(round >= warmUps);
  }
  const oursMs = login.extraMs - binds.extraMs;
  const ratioWithoutBind = 1 + Math.max(0, oursMs) / login.noneMs;
  const isKept = groups === levels.flat().length && ratioWithoutBind <= ratioMax;
  if (!isKept) process.exitCode = 1;
  const figures = { login: login.figures, engine: engine.figures, bind: binds.figures };
  const row = { directory: name, groups, ...figures, ratioWithoutBind: rounded(ratioWithoutBind), isKept };
  process.stdout.write(`${JSON.stringify(row)}\n`);
}
