/**
 * `npm run bench:groups`: what a login of somebody in 200 groups, nested five deep, costs beside one of somebody in none.
 *
 * Both log in in turn, in one process, so that the machine's faster and slower moments hit both alike. A bind alone is measured
 * beside it, because Samba works groups out at every bind: that is its cost and not ours. Ends with 1 where groups are missing, or
 * where what is ours makes the login more than 1.5 times as long.
 */

import { Deadline } from "../src/login/deadline.ts";
import { Secret } from "../src/login/secret.ts";
import { openDirectory } from "../test/integration/directory/opened-directory.ts";
import type { LabDirectory } from "../test/support/lab-directory.ts";
import { levels, nestedGroups } from "../test/support/nested-groups.ts";
import { startSamba } from "../test/support/samba.ts";
import { startSlapd } from "../test/support/slapd.ts";

const warmUps = 20;
const rounds = 300;
const ratioMax = 1.5;
const deadlineMs = 5_000;

interface Times {
  readonly many: number[];
  readonly none: number[];
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
  await using opened = await openDirectory([directory]);
  const logIn = async (account: string): Promise<{ readonly ms: number; readonly groups: number }> => {
    const startedAtMs = performance.now();
    const end = await opened.logIn(account, directory.password);
    const ms = performance.now() - startedAtMs;
    if (end.outcome !== "accepted") throw new Error(`${account} was not accepted`);
    return { ms, groups: end.identity.groups.filter((group) => group.name.startsWith("Nested")).length };
  };
  const bind = async (account: string): Promise<number> => {
    const found = await opened.find(account);
    const startedAtMs = performance.now();
    await opened.engine.bind(found, new Secret(directory.password), {
      deadline: Deadline.after(deadlineMs),
      report: () => undefined,
      permitBind: () => Promise.resolve("permitted"),
    });
    return performance.now() - startedAtMs;
  };
  const logins: Times = { many: [], none: [] };
  const binds: Times = { many: [], none: [] };
  let found = 0;
  for (let round = 0; round < warmUps + rounds; round += 1) {
    const [first, second] = [await logIn(many), await logIn(none)];
    const [firstBind, secondBind] = [await bind(many), await bind(none)];
    found = first.groups;
    if (round < warmUps) continue;
    logins.many.push(first.ms);
    logins.none.push(second.ms);
    binds.many.push(firstBind);
    binds.none.push(secondBind);
  }
  const extraMs = median(logins.many) - median(binds.many) - (median(logins.none) - median(binds.none));
  const ratio = 1 + Math.max(0, extraMs) / median(logins.none);
  const isKept = found === levels.flat().length && ratio <= ratioMax;
  if (!isKept) process.exitCode = 1;
  const figures = {
    groups: found,
    manyP50Ms: rounded(median(logins.many)),
    noneP50Ms: rounded(median(logins.none)),
    bindManyP50Ms: rounded(median(binds.many)),
    bindNoneP50Ms: rounded(median(binds.none)),
    ratio: rounded(median(logins.many) / median(logins.none)),
    ratioWithoutBind: rounded(ratio),
  };
  process.stdout.write(`${JSON.stringify({ directory: name, ...figures, isKept })}\n`);
}

function median(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
}

function rounded(value: number): number {
  return Math.round(100 * value) / 100;
}
