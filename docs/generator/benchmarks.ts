/**
 * The figures in `docs/benchmarks.md` and in the README, and the picture, from `bench/figures.json`.
 *
 * The pages are written by hand; only what stands between their markers is made here.
 *
 * @module
 */

import { join } from "node:path";
import { aims, isReached } from "../../bench/aims.ts";
import type { Aim } from "../../bench/aims.ts";
import { findRow, readFigures } from "../../bench/figures.ts";
import type { Figures } from "../../bench/figures.ts";
import { spreadOf } from "../../bench/ratios.ts";
import { figuresOf, rounded } from "../../bench/row.ts";
import type { Row } from "../../bench/row.ts";
import { oursName } from "../../bench/sections/ours.ts";
import { circumstancesAt } from "../../bench/sections/throughput.ts";
import { renderLoginsPlot } from "./benchmark-plot.ts";
import { fillPage } from "./filled-page.ts";
import type { Reference } from "./references.ts";
import { table } from "./table.ts";

const root = join(import.meta.dirname, "..", "..");
const latenciesMs = [0, 5, 20] as const;

export async function renderBenchmarks(): Promise<readonly Reference[]> {
  const figures = readFigures();
  const filled = Object.fromEntries(
    Object.entries(blocks).map(([name, block]) => [name, () => block(figures)]),
  );
  const pages = ["README.md", "docs/benchmarks.md"].map((name) => fillPage(join(root, name), filled));
  const picture = { path: join(root, "docs", "benchmarks.svg"), text: renderLoginsPlot(figures.rows) };
  return [...(await Promise.all(pages)), picture];
}

const speed = ["perSecond", "p50Ms", "p99Ms"] as const;
const cpu = ["driverCpuMs", "gatewayCpuMs", "natsCpuMs", "connectorCpuMs", "directoryCpuMs"] as const;

const headings = {
  perSecond: "Logins a second",
  p50Ms: "p50 ms",
  p90Ms: "p90 ms",
  p99Ms: "p99 ms",
  driverCpuMs: "client",
  gatewayCpuMs: "gateway",
  natsCpuMs: "NATS",
  connectorCpuMs: "connectors",
  directoryCpuMs: "directory",
  readyMs: "ready after ms",
  idleMb: "MB idle",
  loadedMb: "MB after load",
  ldapBinds: "LDAP binds",
  ldapSearches: "LDAP searches",
  busMessages: "messages on the bus",
  busBytes: "bytes on the bus",
  cpuMs: "CPU ms a login",
  idleCpuMsPerSecond: "CPU ms a second, idle",
} as const;
type Figure = keyof typeof headings;

type Block = (figures: Figures) => string;

const blocks: Readonly<Record<string, Block>> = {
  machine: ({ machine, measured }) =>
    `Measured on ${measured}: ${machine.cores} cores (${machine.cpu}), ${machine.memoryGb} GB, Linux ${machine.kernel}, Node ${machine.node}.`,
  main: ({ rows }) => {
    const some = latenciesMs.filter((ms) => throughputRow(rows, "bare loop", ms) !== undefined);
    return table(
      ["Logins a second", ...some.map((ms) => (ms === 0 ? "directory at once" : `${ms} ms away`))],
      contestantsOf(rows).map((name) => [
        name,
        ...some.map((ms) => perSecond(throughputRow(rows, name, ms))),
      ]),
    );
  },
  aims: ({ rows }) =>
    table(
      ["", "Aim", "Measured", "Rounds", ""],
      aims.map((aim) => {
        const measured = aim.measured(rows);
        const cells = [aim.what, `${aim.better === "higher" ? "≥" : "≤"} ${withUnit(aim.aim, aim.unit)}`];
        if (measured === undefined) return [...cells, "", "", "not measured yet"];
        const { median, least, most } = measured;
        const end = isReached(aim, measured) ? "reached" : "**short**";
        return [...cells, withUnit(median, aim.unit), `${rounded(least)} – ${rounded(most)}`, end];
      }),
    ),
  throughput: ({ rows }) =>
    latenciesMs
      .map((ms) => {
        const { pool, inFlight } = circumstancesAt(ms, oursName(1));
        const intro = `The directory answers ${ms === 0 ? "at once" : `${ms} ms later`}; ${inFlight} logins in flight, ${pool} connections for binds.`;
        const some = rows.filter(({ section, at }) => section === "throughput" && at["latencyMs"] === ms);
        return `${intro}\n\n${tableOf(some, [...speed, ...cpu])}`;
      })
      .join("\n"),
  scaling: sectionTable("scaling", [...speed, "connectorCpuMs"]),
  latency: sectionTable("latency", speed),
  groups: sectionTable("groups", [...speed, "gatewayCpuMs", "connectorCpuMs", "directoryCpuMs"]),
  methods: sectionTable("methods", [...speed, ...cpu]),
  kerberos: sectionTable("kerberos", speed),
  cache: sectionTable("cache", ["p50Ms", "p90Ms", "p99Ms"]),
  start: sectionTable("start", ["readyMs", "idleMb", "loadedMb"]),
  counts: sectionTable("counts", ["ldapBinds", "ldapSearches", "busMessages", "busBytes"]),
  size: ({ rows }) =>
    tableOf(
      rows.filter(({ section }) => ["people", "replicas", "connections"].includes(section)),
      ["cpuMs", "idleCpuMsPerSecond"],
    ),
};

function sectionTable(section: string, figures: readonly Figure[]): Block {
  return ({ rows }) =>
    tableOf(
      rows.filter((row) => row.section === section),
      figures,
    );
}

/** Of the first figure the least and the most of the rounds too. */
function tableOf(rows: readonly Row[], figures: readonly Figure[]): string {
  if (rows.length === 0) return "Not measured yet.\n";
  const circumstances = [...new Set(rows.flatMap(({ at }) => Object.keys(at)))].filter(
    (what) => new Set(rows.map(({ at }) => at[what])).size > 1,
  );
  return table(
    [
      "",
      ...circumstances.map((what) => circumstanceHeadings[what] ?? what),
      ...figures.map((one, index) => {
        const isFirstCpu = one.endsWith("CpuMs") && figures[index - 1]?.endsWith("CpuMs") !== true;
        return isFirstCpu ? `CPU ms: ${headings[one]}` : headings[one];
      }),
    ],
    rows.map((row) => {
      const medians = figuresOf(row);
      return [
        row.name,
        ...circumstances.map((what) => String(row.at[what] ?? "")),
        ...figures.map((figure, index) => {
          const median = medians[figure];
          if (median === undefined) return "";
          return index === 0 ? `${rounded(median)}${rangeOf(row, figure)}` : String(rounded(median));
        }),
      ];
    }),
  );
}

const circumstanceHeadings: Readonly<Record<string, string>> = {
  inFlight: "in flight",
  perSecond: "logins a second",
  ticketsPerSecond: "tickets a second",
};

function rangeOf({ rounds }: Row, figure: string): string {
  const values = rounds[figure] ?? [];
  if (values.length < 2) return "";
  const { least, most } = spreadOf(values);
  return ` (${rounded(least)} – ${rounded(most)})`;
}

function contestantsOf(rows: readonly Row[]): readonly string[] {
  return [...new Set(rows.filter(({ section }) => section === "throughput").map(({ name }) => name))];
}

function throughputRow(rows: readonly Row[], name: string, latencyMs: number): Row | undefined {
  return findRow(rows, { section: "throughput", name, at: circumstancesAt(latencyMs, name) });
}

function perSecond(row: Row | undefined): string {
  const median = row && figuresOf(row)["perSecond"];
  return median === undefined ? "" : Math.round(median).toLocaleString("en");
}

function withUnit(value: number, unit: Aim["unit"]): string {
  return `${rounded(value)}${unit === "×" ? "" : " "}${unit}`;
}
