/**
 * `npm run bench:cache`: what an outage of one connection costs the logins of another one at the same gateway.
 *
 * All people of the first log in once; then its connector goes, and 200 logins a second come for it, answered from the cache as far as
 * the hashing allows. Meanwhile logins at the second connection are measured, against what they took alone.
 */

import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startConnector, startGateway } from "../test/support/drawbridge.ts";
import type { GatewayProgram } from "../test/support/drawbridge.ts";
import { createIdentityKeys } from "../test/support/identity-keys.ts";
import { startNats } from "../test/support/nats-server.ts";
import { createScratch } from "../test/support/scratch.ts";
import { startSlapd } from "../test/support/slapd.ts";
import { Output, outputOptions } from "./output.ts";
import { atRate, median, percentile } from "./rates.ts";

const people = 200;
const cachedRate = 200;
const liveRate = 40;
const seconds = 5;
const rounds = 9;
const output = new Output(parseArgs({ options: outputOptions }).values);

await using slapd = await startSlapd({ usersMax: people });
await using scratch = await createScratch("bench");
const keys = await createIdentityKeys(scratch.folder, ["corp", "sub"]);
await using nats = await startNats({ jetStream: true });
const common = { nats, keys, logLevel: "error" };
await using corp = await startConnector({
  ...common,
  name: "corp",
  connections: { corp: { directory: slapd } },
});
await using sub = await startConnector({
  ...common,
  name: "sub",
  connections: { sub: { directory: slapd } },
});
const stateKey = await scratch.write("state.key", randomBytes(32).toString("base64"));
await using gateway = await startGateway({
  ...common,
  connections: ["corp", "sub"],
  settings: { state: { keyFiles: [stateKey] } },
});
void sub;

for (let number = 1; number <= people; number += 1) {
  await logIn(gateway, "corp", number);
  const kept = (): Promise<number> => gateway.readMetric("drawbridge_cache_writes_total", { result: "kept" });
  while ((await kept()) < number) await pause(5);
}
await corp.terminate();
await logIn(gateway, "corp", 1);

// In turn, and compared within each round, so that the machine's faster and slower moments hit both alike.
const alone: (readonly number[])[] = [];
const beside: (readonly number[])[] = [];
const cached: (readonly number[])[] = [];
let refused = 0;
for (let round = 0; round < rounds; round += 1) {
  alone.push(await measureLive());
  const load = startLoad();
  await pause(500);
  beside.push(await measureLive());
  const answers = await load;
  cached.push(answers.filter(({ isAccepted }) => isAccepted).map(({ tookMs }) => tookMs));
  refused += answers.filter(({ isAccepted }) => !isAccepted).length;
}

const percentiles = (of: readonly (readonly number[])[], share: number): readonly number[] =>
  of.map((round) => percentile(round, share));
for (const [name, of, perSecond] of [
  ["live logins alone", alone, liveRate],
  ["live logins beside cached ones", beside, liveRate],
  ["answered from the cache", cached, cachedRate],
] as const)
  output.tell({
    section: "cache",
    name,
    at: { perSecond },
    rounds: { p50Ms: percentiles(of, 0.5), p90Ms: percentiles(of, 0.9), p99Ms: percentiles(of, 0.99) },
  });
const [aloneMs, besideMs] = [percentiles(alone, 0.99), percentiles(beside, 0.99)];
const ratios = besideMs.map((p99, round) => p99 / (aloneMs[round] ?? Number.NaN));
const together = percentile(beside.flat(), 0.99) / percentile(alone.flat(), 0.99);
output.say(
  `p99 is ${median(ratios).toFixed(2)} times as long (median of ${rounds} rounds, ${ratios
    .toSorted((a, b) => a - b)
    .map((ratio) => ratio.toFixed(2))
    .join(" ")}; of all together ${together.toFixed(2)})`,
);
output.say(`${cached.flat().length} accepted from the cache, ${refused} 503 because the hashing was busy`);
await output.record();

async function logIn(at: GatewayProgram, connection: string, number: number) {
  return at.login({ connection, username: `u${number}`, password: slapd.password });
}

async function measureLive(): Promise<readonly number[]> {
  const times: number[] = [];
  await atRate({ count: liveRate * seconds, perSecond: liveRate }, async (number) => {
    const answer = await logIn(gateway, "sub", 1 + (number % people));
    if (answer.status !== 200) throw new Error(`a live login ended with ${answer.status}`);
    times.push(answer.tookMs);
  });
  return times;
}

interface CachedAnswer {
  readonly isAccepted: boolean;
  readonly tookMs: number;
}

async function startLoad(): Promise<readonly CachedAnswer[]> {
  const answers: CachedAnswer[] = [];
  await atRate({ count: cachedRate * (seconds + 1), perSecond: cachedRate }, async (number) => {
    const { status, tookMs } = await logIn(gateway, "corp", 1 + (number % people));
    answers.push({ isAccepted: status === 200, tookMs });
  });
  return answers;
}
