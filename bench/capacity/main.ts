/**
 * `npm run bench:capacity`: what was measured beside what the simulation says of it, and what so many logins a second need.
 */

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { build } from "../installation.ts";
import { rounded } from "../row.ts";
import { calibrate } from "./calibrate.ts";
import { compare, measuredFile, readMeasured } from "./measured.ts";
import type { Measured } from "./measured.ts";
import { measuredMachine, measurePath } from "./measure.ts";
import { measureLogin } from "./measure-login.ts";
import { planFor } from "./plan.ts";
import { cpuOf } from "./points.ts";
import type { MeasuredPoint } from "./points.ts";

const usage = `Usage: npm run bench:capacity -- [options]

Prints each measured point beside what the simulation says of it. Those for calibration gave it its parameters; of the others it
knows nothing. With --at: what so many logins a second need, with one of each kind of process away.

Options:
  --at N             logins a second
  --latency MS       with --at: from a replica to its controller and back (default 5)
  --bus MS           with --at: one way between a program and its NATS server (default 5)
  --utilisation N    with --at: of one processor, that no process may exceed (default 0.6)
  --measure          measures everything anew, which takes about seven minutes and a machine that does nothing else, and calibrates
  --rounds N         with --measure (default 4)
  --calibrate        calibrates again from what was measured
`;

const { values } = parseArgs({
  options: {
    at: { type: "string" },
    latency: { type: "string", default: "5" },
    bus: { type: "string", default: "5" },
    utilisation: { type: "string", default: "0.6" },
    measure: { type: "boolean", default: false },
    rounds: { type: "string", default: "4" },
    calibrate: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) print(usage);
else if (values.measure) await keep(await measure());
else if (values.calibrate) await keep(readMeasured());
else if (values.at !== undefined) tellPlan(Number(values.at));
else tellPoints();

async function measure(): Promise<Omit<Measured, "parameters">> {
  build();
  const say = (sentence: string): void => void process.stderr.write(`${sentence}\n`);
  const path = await measurePath({ rounds: Number(values.rounds), ms: 1_500, users: 2_000, say });
  return { machine: await measuredMachine(), ...path, login: await measureLogin() };
}

async function keep({ machine, points, processes, login }: Omit<Measured, "parameters">): Promise<void> {
  const parameters = calibrate({ points, processes });
  const text = JSON.stringify({ machine, parameters, processes, login, points });
  const style = await resolveConfig(measuredFile);
  writeFileSync(measuredFile, await format(text, { ...style, filepath: measuredFile }));
  tellPoints();
}

function tellPoints(): void {
  const { points, parameters, machine } = readMeasured();
  print(
    Object.entries(machine)
      .map(([what, value]) => `${what} ${value}`)
      .join(", "),
  );
  print(`${"".padEnd(62)}${["logins/s", "p50 ms", "CPU ms"].map((name) => name.padStart(24)).join("")}`);
  for (const { use, at, figures, simulated, errors } of compare(points, parameters)) {
    const cells = [
      [figures.perSecond, simulated.perSecond, errors.perSecond],
      [figures.p50Ms, simulated.p50Ms, errors.p50Ms],
      [cpuOf(figures), cpuOf(simulated), errors.cpuMs],
    ] as const;
    print(`${use.padEnd(12)}${describe(at).padEnd(50)}${cells.map(cell).join("")}`);
  }
}

function cell([measured, simulated, error]: readonly [number, number, number]): string {
  const percent = Math.round(100 * error);
  return `${rounded(measured)} → ${rounded(simulated)} (${percent > 0 ? "+" : ""}${percent} %)`.padStart(24);
}

function describe({ latencyMs, replicas, pool, inFlight, perSecond }: MeasuredPoint["at"]): string {
  const load = perSecond === undefined ? `${inFlight} in flight` : `${perSecond} a second`;
  return `${latencyMs} ms, replicas ${replicas}, pool ${pool}, ${load}`;
}

function tellPlan(perSecond: number): void {
  const { parameters } = readMeasured();
  const plan = planFor(
    {
      perSecond,
      latencyMs: Number(values.latency),
      busMs: Number(values.bus),
      utilisationMax: Number(values.utilisation),
    },
    parameters,
  );
  const { worst, usual } = plan;
  const share = (what: "gateway" | "connector" | "nats"): string =>
    `${Math.round(100 * usual.utilisation[what])} % busy, ${Math.round(100 * worst.utilisation[what])} % with one away`;
  print(`${perSecond} logins a second:
gateways         ${plan.gateways} (${share("gateway")})
connectors       ${plan.replicas} (${share("connector")})
NATS servers     3 with ${plan.natsThreads} processors each (${share("nats")})
inFlightMax      ${plan.inFlightMax} of each connector
bindConnectionsMax ${plan.pool} of each connector
under way        ${Math.round(worst.meanInFlight)} logins at once, half of them in ${rounded(worst.p50Ms)} ms`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
