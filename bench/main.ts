/**
 * `npm run bench`: how many logins, how fast, at what cost, beside a bare LDAP loop and what would be used instead.
 */

import { parseArgs } from "node:util";
import { checkCounts, checkRatios, exitCodeOf, formatJudgement } from "./check.ts";
import { isComparable, readFigures, thisMachine } from "./figures.ts";
import { build } from "./installation.ts";
import { Output, outputOptions } from "./output.ts";
import { ratioIn, ratios, termsOf } from "./ratios.ts";
import type { Ratio } from "./ratios.ts";
import type { Row } from "./row.ts";
import type { Section, SectionOptions } from "./sections/section.ts";
import { counts } from "./sections/counts.ts";
import { groups } from "./sections/groups.ts";
import { methods } from "./sections/methods.ts";
import { sizeSections } from "./sections/size.ts";
import { start } from "./sections/start.ts";
import { latency, scaling, throughput } from "./sections/throughput.ts";

const sections: readonly Section[] = [
  counts,
  throughput,
  scaling,
  latency,
  groups,
  methods,
  start,
  ...sizeSections,
];

const usage = `Usage: npm run bench -- [options]

Starts a directory, NATS and the programs as they are built, measures one thing after the other, in turn and in rounds, and prints
the medians. What it compares, it compares within one run.

Options:
  --section NAME[,NAME]   only these (${sections.map(({ name }) => name).join(", ")})
  --latency MS[,MS]       added to each answer of the directory (default 0,5,20)
  --rounds N              (default 5; 4 for --check)
  --seconds N             for each measurement in each round (default 1.5; 0.6 for --check)
  --users N               in the directory (default 2000; 200 for --check)
  --json                  a line of JSON a row
  --into FILE             appends these lines to a file too
  --record                puts the rows into bench/figures.json, in the place of earlier ones; then \`npm run docs\`
  --check                 measures less, and compares it with bench/figures.json: ends with 1 where something has become worse, with 2
                          where the machine was too busy to tell
  --node-options=TEXT     for the programs, such as --max-semi-space-size=2 or --cpu-prof-dir=FOLDER --cpu-prof
  --verbose               each round's figures
`;

const full = { rounds: 5, seconds: 1.5, users: 2_000 };
const reduced = { rounds: 4, seconds: 0.6, users: 200 };

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      section: { type: "string" },
      latency: { type: "string", default: "0,5,20" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      users: { type: "string" },
      ...outputOptions,
      check: { type: "boolean", default: false },
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
  const output = new Output(values);
  const usual = values.check ? reduced : full;
  const options: SectionOptions = {
    rounds: Number(values.rounds ?? usual.rounds),
    ms: 1_000 * Number(values.seconds ?? usual.seconds),
    users: Number(values.users ?? usual.users),
    latenciesMs: values.latency.split(",").map(Number),
    wants: () => true,
    env: values["node-options"] === "" ? {} : { NODE_OPTIONS: values["node-options"] },
    say: (sentence) => void (values.verbose && process.stderr.write(`${sentence}\n`)),
    tell: output.tell,
  };
  if (values.check) return check(options, values.section);
  for (const section of chosen(values.section)) {
    if (!values.json) output.say(`\n${section.name}: ${section.what}`);
    await section.run(options);
    await output.record();
  }
  return 0;
}

async function check(options: SectionOptions, names: string | undefined): Promise<number> {
  const { rows: committed, machine } = readFigures();
  const wanted = ratios.filter(({ of, isLong }) =>
    names === undefined ? isLong !== true : chosen(names).some(({ name }) => name === of.section),
  );
  const measured = wanted.filter((ratio) => ratioIn(ratio, committed) !== undefined);
  for (const ratio of wanted)
    if (!measured.includes(ratio)) print(`no figures are committed of ${ratio.name}`);
  const isSameMachine = isComparable(machine, thisMachine());
  const comparable = measured.filter(({ holdsOn }) => isSameMachine || holdsOn === "every machine");
  if (comparable.length < measured.length)
    print(`the figures are those of another machine (${machine.cpu}): speeds are not compared`);
  const counted: Row[] = [];
  if (names === undefined || chosen(names).includes(counts))
    await counts.run({ ...options, tell: (row) => void counted.push(row) });
  const judgements = [
    ...checkCounts(committed, counted),
    ...(await checkRatios(comparable, committed, (some) => measure(some, options))),
  ];
  print(`\n${"".padEnd(70)}committed measured`);
  for (const judgement of judgements) print(formatJudgement(judgement));
  return exitCodeOf(judgements);
}

/** The rows that these ratios are made of, and no others. What fails on the way, such as logins on a machine that stands still, is said. */
async function measure(some: readonly Ratio[], options: SectionOptions): Promise<readonly Row[]> {
  const terms = some.flatMap(termsOf);
  const rows: Row[] = [];
  for (const section of sections) {
    const ofSection = terms.filter((term) => term.section === section.name);
    for (const latencyMs of new Set(ofSection.map(({ at }) => at["latencyMs"] ?? 0))) {
      const names = new Set(
        ofSection.filter(({ at }) => (at["latencyMs"] ?? 0) === latencyMs).map(({ name }) => name),
      );
      const measuring = section.run({
        ...options,
        latenciesMs: [latencyMs],
        wants: (name) => names.has(name),
        tell(row) {
          options.tell(row);
          rows.push(row);
        },
      });
      await measuring.catch((error: unknown) => print(`${section.name} was not measured: ${String(error)}`));
    }
  }
  return rows;
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
