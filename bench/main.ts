/**
 * `npm run bench`: how many logins, how fast, at what cost, beside a bare LDAP loop and what would be used instead.
 */

import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { build } from "./installation.ts";
import { formatRow } from "./row.ts";
import type { Row } from "./row.ts";
import type { Section } from "./sections/section.ts";
import { groups } from "./sections/groups.ts";
import { methods } from "./sections/methods.ts";
import { size } from "./sections/size.ts";
import { start } from "./sections/start.ts";
import { latency, scaling, throughput } from "./sections/throughput.ts";

const sections: readonly Section[] = [throughput, scaling, latency, groups, methods, start, size];

const usage = `Usage: npm run bench -- [options]

Starts a directory, NATS and the programs as they are built, measures one thing after the other, in turn and in rounds, and prints
the medians. What it compares, it compares within one run.

Options:
  --section NAME[,NAME]   only these (${sections.map(({ name }) => name).join(", ")})
  --latency MS[,MS]       added to each answer of the directory (default 0,5,20)
  --rounds N              (default 5)
  --seconds N             for each measurement in each round (default 1.5)
  --users N               in the directory (default 2000)
  --json                  a line of JSON a row
  --into FILE             appends these lines to a file too
  --node-options TEXT     for the programs, such as --max-semi-space-size=2 or --cpu-prof-dir=FOLDER --cpu-prof
  --verbose               each round's figures
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      section: { type: "string" },
      latency: { type: "string", default: "0,5,20" },
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "1.5" },
      users: { type: "string", default: "2000" },
      json: { type: "boolean", default: false },
      into: { type: "string" },
      "node-options": { type: "string", default: "" },
      verbose: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  build();
  const tell = (row: Row): void => {
    print(values.json ? JSON.stringify(row) : formatRow(row));
    if (values.into !== undefined) appendFileSync(values.into, `${JSON.stringify(row)}\n`);
  };
  const options = {
    rounds: Number(values.rounds),
    ms: 1_000 * Number(values.seconds),
    users: Number(values.users),
    latenciesMs: values.latency.split(",").map(Number),
    env: values["node-options"] === "" ? {} : { NODE_OPTIONS: values["node-options"] },
    say: (sentence: string) => void (values.verbose && process.stderr.write(`${sentence}\n`)),
  };
  for (const section of chosen(values.section)) {
    if (!values.json) print(`\n${section.name}: ${section.what}`);
    await section.run({ ...options, tell });
  }
  return 0;
}

function chosen(names: string | undefined): readonly Section[] {
  if (names === undefined) return sections;
  return names.split(",").map((name) => {
    const section = sections.find((one) => one.name === name);
    if (section === undefined) throw new Error(`there is no section "${name}"; --help names them`);
    return section;
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
