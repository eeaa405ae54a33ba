/**
 * `npm run chaos`: breaks every part of the system under load, one after the other, and prints what was lost.
 */

import { parseArgs } from "node:util";
import { chaosMethods, createCredentials } from "./credentials.ts";
import type { ChaosMethod } from "./credentials.ts";
import { directoryKinds, startDirectory } from "./directory.ts";
import type { DirectoryKind } from "./directory.ts";
import { runRandom } from "./random.ts";
import type { ScenarioResult } from "./result.ts";
import { Roster } from "./roster.ts";
import { runScenario, warmUp } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";
import { tableHead, tableRow } from "./table.ts";
import { World } from "./world.ts";

const usage = `Usage: npm run chaos -- [options]

Starts three NATS nodes, two controllers, connector replicas and gateways, sends logins at a fixed rate, breaks one part after the
other, and prints what came of it. Ends with 1 where a promise was broken; one that only was late counts too.

Options:
  --scenario NAME[,NAME]    only these; --list names them
  --directory slapd|samba   slapd for load, samba for Active Directory's counters (default slapd)
  --method password|kerberos|certificate   what people log in with (default password); tickets are on samba
  --rate N                  logins a second (default 100, with samba 30; at random half of it)
  --seconds N               for each scenario, at least: a third before, a third during, a third after (default 9)
  --random                  faults drawn by lot, one after the other, for so many seconds (default 600)
  --replicas N              (default 3)
  --gateways N              (default 2)
  --rounds N                all of it so many times (default 1)
  --json                    one line of JSON a scenario
  --list                    what the scenarios are
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: "string" },
      directory: { type: "string", default: "slapd" },
      method: { type: "string", default: "password" },
      rate: { type: "string" },
      seconds: { type: "string" },
      random: { type: "boolean", default: false },
      replicas: { type: "string", default: "3" },
      gateways: { type: "string", default: "2" },
      rounds: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return print(usage);
  if (values.list) return print(scenarios.map(({ name, what }) => `${name.padEnd(26)}${what}\n`).join(""));

  const method = methodOf(values.method);
  const kind = method === "kerberos" ? "samba" : kindOf(values.directory);
  await using directory = await startDirectory(kind, method === "kerberos");
  await using credentials = await createCredentials(method, directory);
  await using world = await World.start({
    directory,
    credentials,
    replicas: numberOf("replicas", values.replicas),
    gateways: numberOf("gateways", values.gateways),
    sparesFirst: values.random,
  });
  const fullRate = kind === "samba" ? 30 : 100;
  const run = {
    perSecond: numberOf("rate", values.rate ?? String(values.random ? fullRate / 2 : fullRate)),
    seconds: numberOf("seconds", values.seconds ?? (values.random ? "600" : "9")),
    roster: new Roster(directory.accounts, directory.password),
    send: credentials.send,
  };
  await warmUp(world, run);
  if (!values.json) print(`${tableHead()}\n`);
  const tell = (result: ScenarioResult): number => {
    print(`${values.json ? JSON.stringify(result) : tableRow(result)}\n`);
    return result.broken.length + result.late.length;
  };
  if (values.random) {
    const result = await runRandom(world, run);
    const broken = tell(result);
    if (!values.json) print(`${JSON.stringify({ faults: result.faults, survivors: result.survivors })}\n`);
    return broken === 0 ? 0 : 1;
  }
  let broken = 0;
  for (let round = 0; round < numberOf("rounds", values.rounds); round += 1) {
    for (const scenario of chosen(values.scenario)) broken += tell(await runScenario(world, scenario, run));
  }
  return broken === 0 ? 0 : 1;
}

function chosen(names: string | undefined): readonly Scenario[] {
  if (names === undefined) return scenarios;
  return names.split(",").map((name) => {
    const scenario = scenarios.find((candidate) => candidate.name === name);
    if (scenario === undefined) throw new Error(`there is no scenario "${name}"; --list names them`);
    return scenario;
  });
}

function kindOf(text: string): DirectoryKind {
  const kind = directoryKinds.find((candidate) => candidate === text);
  if (kind === undefined) throw new Error(`--directory is one of ${directoryKinds.join(", ")}`);
  return kind;
}

function methodOf(text: string): ChaosMethod {
  const method = chaosMethods.find((candidate) => candidate === text);
  if (method === undefined) throw new Error(`--method is one of ${chaosMethods.join(", ")}`);
  return method;
}

function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0) throw new Error(`--${option} is a number above 0`);
  return number;
}

function print(text: string): 0 {
  process.stdout.write(text);
  return 0;
}
