/**
 * `npm run test:kubernetes`: installs all of it into the cluster that KUBECONFIG names, and changes, moves and kills its parts while a
 * hundred people log in each second. Prints what became of their logins; ends with 1 where one was lost.
 */

import { parseArgs } from "node:util";
import { images as ours } from "../support/images.ts";
import { ensurePackages } from "../support/packages.ts";
import { createScratch } from "../support/scratch.ts";
import { Cluster } from "./cluster.ts";
import { gatewayUrl, install, release } from "./installation.ts";
import { Load } from "./load.ts";
import type { Second } from "./load.ts";
import { scenariosOf } from "./scenarios.ts";
import type { Scenario } from "./scenarios.ts";

const usage = `Usage: npm run test:kubernetes -- [options]

The cluster is the one that KUBECONFIG names; scripts/kubernetes brings one up where there is none. Its nodes must have the images.

Options:
  --image NAME:TAG       of \`npm run image\` (default ${ours.drawbridge})
  --nats-image NAME:TAG  (default ${ours.nats})
  --ldap-image NAME:TAG  with slapd (default ${ours.openldap})
  --namespace NAME       made, and removed afterwards (default drawbridge-test)
  --rate N               logins a second (default 100)
  --scenario TEXT        only those whose names contain it; may be repeated
  --keep                 leave all of it there but the load
`;
const users = 1_000;
/** Seconds before and after what is done. */
const calmSeconds = 3;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      image: { type: "string", default: ours.drawbridge },
      "nats-image": { type: "string", default: ours.nats },
      "ldap-image": { type: "string", default: ours.openldap },
      namespace: { type: "string", default: "drawbridge-test" },
      rate: { type: "string", default: "100" },
      scenario: { type: "string", multiple: true, default: [""] },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const images = { drawbridge: values.image, nats: values["nats-image"], openldap: values["ldap-image"] };
  await ensurePackages(console.log);
  await using scratch = await createScratch("kubernetes");
  const cluster = new Cluster(values.namespace, scratch);
  await using cleanup = new AsyncDisposableStack();
  await cluster.kubectl("create", "namespace", values.namespace);
  if (!values.keep) {
    cleanup.defer(async () => {
      await cluster.kubectl("delete", "namespace", values.namespace, "--timeout=120s");
    });
  }
  const said = performance.now();
  const say = (text: string): void =>
    console.log(`[${Math.round((performance.now() - said) / 1_000)} s] ${text}`);
  const settings = { inFlightMax: 64, loginDeadline: "10s" };
  await install(cluster, images, users, settings, scratch);
  say("helm install --wait: all of it is ready");
  await cluster.helm("test", release, "--logs", "--timeout=2m");
  say("helm test: the doctors found nothing wrong");

  const url = gatewayUrl(values.namespace);
  await using load = await Load.start(cluster, {
    image: images.drawbridge,
    url,
    users,
    perSecond: Number(values.rate),
  });
  await load.more(calmSeconds);
  say(`${values.rate} logins a second at ${url}`);
  const all = scenariosOf(cluster, images, { inFlightMax: 65, loginDeadline: "9s" });
  const scenarios = all.filter(({ name }) => values.scenario.some((text) => name.includes(text)));
  console.log(row(["", "seconds", "sent", "live", "cached", "lost", "slowest"]));
  let lost = 0;
  for (const scenario of scenarios) lost += await runScenario(scenario, load);
  return lost === 0 ? 0 : 1;
}

/** @returns how many logins it lost, or answered from the cache although there were connectors. */
async function runScenario({ name, run }: Scenario, load: Load): Promise<number> {
  const first = load.seconds.length;
  await load.more(calmSeconds);
  const beganAt = Date.now();
  await run();
  await load.more(calmSeconds);
  const seconds = load.seconds.slice(first);
  const sum = (of: (second: Second) => number): number =>
    seconds.reduce((all, second) => all + of(second), 0);
  const lost = seconds.flatMap((second) => second.lost);
  const cached = sum((second) => second.cached);
  const sent = sum((second) => second.sent);
  const slowestMs = Math.max(...seconds.map((second) => second.slowestMs));
  const live = sum((second) => second.live);
  console.log(row([name, seconds.length, sent, live, cached, lost.length, `${slowestMs} ms`]));
  for (const { end, begunAt, ms, keptMs } of lost) {
    const connection = keptMs === undefined ? "a new connection" : `a connection idle for ${keptMs} ms`;
    console.log(`    lost: ${end}, begun at ${begunAt - beganAt} ms, over after ${ms} ms, on ${connection}`);
  }
  return lost.length + cached;
}

function row([name = "", ...cells]: readonly (string | number)[]): string {
  return [String(name).padEnd(36), ...cells.map((cell) => String(cell).padStart(9))].join(" ").trimEnd();
}
