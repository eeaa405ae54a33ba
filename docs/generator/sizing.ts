/**
 * The tables of `docs/operations/sizing.md`, from what was measured and from the simulation. The rest of the page is written by hand.
 *
 * @module
 */

import { join } from "node:path";
import { compare, readMeasured, toleranceOf } from "../../bench/capacity/measured.ts";
import type { Compared, Measured } from "../../bench/capacity/measured.ts";
import type { LoginTraffic, Variant } from "../../bench/capacity/measure-login.ts";
import { planFor } from "../../bench/capacity/plan.ts";
import { cpuOf } from "../../bench/capacity/points.ts";
import type { At, Process } from "../../bench/capacity/points.ts";
import { fillPage } from "./filled-page.ts";
import type { Reference } from "./references.ts";
import { code, table } from "./table.ts";

const path = join(import.meta.dirname, "..", "operations", "sizing.md");
const rates = [11, 100, 500, 1_000, 2_500, 5_000, 10_000] as const;
/** What the page says that the table is for. */
const circumstances = { latencyMs: 5, busMs: 5, utilisationMax: 0.6 } as const;
const nearEnough = 0.15;
const perConnector = { searches: 2 } as const;

export async function renderSizing(): Promise<readonly Reference[]> {
  const measured = readMeasured();
  const compared = compare(measured.points, measured.parameters);
  const page = await fillPage(path, {
    needs: () => needs(measured),
    messages: () => messages(measured),
    processors: () => processors(compared),
    memory: () => memory(measured),
    errors: () => errors(compared),
    summary: () => summary(compared),
    machine: () => machine(measured),
  });
  return [page];
}

function needs({ parameters, login }: Measured): string {
  const head = [
    "logins/s",
    "gateways",
    "connectors",
    "CPU of a gateway, of a connector",
    "CPU of each NATS server",
    code("inFlightMax"),
    "connections for binds in use",
    "connections at most",
    "bus, Mbit/s",
    "under way",
  ];
  const { gatewayBytes, connectorBytes } = login.logins.plain;
  const rows = rates.map((perSecond) => {
    const plan = planFor({ perSecond, ...circumstances }, parameters);
    const { gateways, replicas, natsThreads, inFlightMax, pool, usual, worst } = plan;
    const busy = (process: Process): string => usual.utilisation[process].toFixed(2);
    const megabits = (8 * perSecond * (gatewayBytes + connectorBytes)) / 1e6;
    return [
      perSecond.toLocaleString("en"),
      String(gateways),
      String(replicas),
      `${busy("gateway")}, ${busy("connector")}`,
      (usual.utilisation.nats * natsThreads).toFixed(2),
      String(inFlightMax),
      String(Math.ceil((perSecond * usual.connectionMs) / 1_000)),
      String(replicas * (pool + perConnector.searches)),
      megabits.toFixed(megabits < 10 ? 1 : 0),
      String(Math.ceil(worst.meanInFlight)),
    ];
  });
  return table(head, rows);
}

const variants: Readonly<Record<Variant, string>> = {
  plain: "a login",
  throttle: "with the throttle (on by default)",
  cache: "with the cache (on by default)",
  audit: "with the audit's stream",
  everything: "with all of it",
};

function messages({ login: { logins, idle } }: Measured): string {
  const columns = {
    "messages of the login": "messages",
    "to and from JetStream": "storeMessages",
    "audit records": "auditRecords",
    "bytes, gateway to NATS": "gatewayBytes",
    "bytes, connector to NATS": "connectorBytes",
    "searches and binds": "searches",
    "bytes, connector to controller": "ldapBytes",
  } as const;
  const row = (what: string, traffic: LoginTraffic): string[] => [
    what,
    ...Object.values(columns).map((column) =>
      column === "searches" ? `${traffic.searches} + ${traffic.binds}` : traffic[column].toLocaleString("en"),
    ),
  ];
  const all = [
    ...Object.entries(variants).map(([variant, what]) => row(what, logins[variant as Variant])),
    [
      "no login: a second of one gateway and one connector",
      String(idle.messages),
      "",
      "",
      idle.gatewayBytes.toLocaleString("en"),
      idle.connectorBytes.toLocaleString("en"),
      "",
      "",
    ],
  ];
  return table(["", ...Object.keys(columns)], all);
}

/** Of one replica, without a slow line. */
function processors(compared: readonly Compared[]): string {
  const shown = compared
    .filter(({ at }) => at.latencyMs === 0 && at.replicas === 1)
    .toSorted((a, b) => a.figures.perSecond - b.figures.perSecond);
  const processes = ["gateway", "connector", "nats", "directory"] as const;
  return table(
    [
      "logins/s",
      "under way",
      ...processes.map((process) => (process === "nats" ? "NATS" : process)),
      "together",
    ],
    shown.map(({ at, figures }) => [
      figures.perSecond.toLocaleString("en"),
      at.perSecond === undefined ? String(at.inFlight) : "as they come",
      ...processes.map((process) => figures.cpuMs[process].toFixed(2)),
      cpuOf({ cpuMs: { ...figures.cpuMs, driver: 0 } }).toFixed(2),
    ]),
  );
}

function memory({ processes }: Measured): string {
  return table(
    ["", "without logins", "busy, 64 under way"],
    (["gateway", "connector", "nats"] as const).map((process) => [
      process === "nats" ? "NATS server" : process,
      `${processes[process].idleMb} MB`,
      `${processes[process].loadedMb} MB`,
    ]),
  );
}

function errors(compared: readonly Compared[]): string {
  const percent = (error: number): string => `${error > 0 ? "+" : ""}${Math.round(100 * error)} %`;
  return table(
    [
      "for",
      "directory",
      "replicas",
      "connections",
      "load",
      "logins/s",
      "rounds",
      "error",
      "p50",
      "error",
      "CPU a login",
      "error",
      "allowed",
    ],
    compared.map(({ use, at, figures, rounds, errors: off }) => [
      use,
      `${at.latencyMs} ms`,
      String(at.replicas),
      String(at.pool),
      loadOf(at),
      figures.perSecond.toLocaleString("en"),
      [Math.min(...rounds), Math.max(...rounds)].map((one) => one.toLocaleString("en")).join(" – "),
      percent(off.perSecond),
      `${figures.p50Ms} ms`,
      percent(off.p50Ms),
      `${cpuOf(figures).toFixed(2)} ms`,
      percent(off.cpuMs),
      `${Math.round(100 * toleranceOf(at))} %`,
    ]),
  );
}

/** How many of the checks are as near as wished. */
function summary(compared: readonly Compared[]): string {
  const checks = compared.filter(({ use }) => use === "validation");
  const near = (figure: keyof Compared["errors"]): number =>
    checks.filter(({ errors: off }) => Math.abs(off[figure]) <= nearEnough).length;
  const within = `Within ${100 * nearEnough} % of ${checks.length} checks`;
  return `${within}: ${near("perSecond")} of logins a second, ${near("cpuMs")} of CPU a login, ${near("p50Ms")} of the median.\n`;
}

function loadOf({ inFlight, perSecond }: At): string {
  return perSecond === undefined ? `${inFlight} under way` : `${perSecond} a second`;
}

function machine({ machine: facts }: Measured): string {
  const { cores, cpu, memoryGb, kernel, node, nats, openLdap, measured } = facts;
  return `Measured on ${measured} on a virtual machine with ${cores} processors (${cpu}) and ${memoryGb} GB, Linux ${kernel}, Node ${node}, NATS ${nats}, OpenLDAP ${openLdap}.\n`;
}
