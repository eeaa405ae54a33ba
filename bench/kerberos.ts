/**
 * `npm run bench:kerberos`: how many logins with tickets one connector takes in a second, and what that does to the passwords beside
 * them.
 *
 * Everything runs here: NATS with the store that replicas share, a gateway, one connector, Samba's KDC, an OpenLDAP directory of the same
 * people, and the clients. Three measurements: tickets as fast as they are answered; passwords alone; passwords beside a steady stream
 * of tickets, both in an open loop. Ends with 1 where a login is lost, where there are fewer than a thousand tickets in a second, or
 * where the passwords' p99 is more than 1.5 times as long beside tickets.
 */

import { parseArgs } from "node:util";
import type { LoginAnswer } from "../test/support/drawbridge.ts";
import { startSlapd } from "../test/support/slapd.ts";
import { startTicketSystem } from "../test/support/ticket-system.ts";
import { Output, outputOptions } from "./output.ts";
import { atRate, percentile } from "./rates.ts";

const { values } = parseArgs({
  options: {
    ...outputOptions,
    steady: { type: "string", default: "300" },
    passwords: { type: "string", default: "50" },
  },
});
const steadyPerSecond = Number(values.steady);
const passwordsPerSecond = Number(values.passwords);
const warmUps = 1_000;
const fastCount = 6_000;
const fastInFlight = 32;
const seconds = 10;
const perSecondMin = 1_000;
const ratioMax = 1.5;

const say = (sentence: string): void => console.log(sentence);

await using slapd = await startSlapd({ usersMax: 10, failuresMax: 1_000 });
await using system = await startTicketSystem({ people: slapd, replicas: 1, inFlightMax: 256, say });
const { gateway, realm } = system;
const logIn = (): Promise<LoginAnswer> => gateway.login({ username: "grace", password: slapd.password });
const tickets = await realm.logIn("ada");

const warm = await asFastAsAnswered(await realm.tokens(tickets, { count: warmUps }));
const tokens = await realm.tokens(tickets, { count: fastCount });
const startedAtMs = performance.now();
const fast = await asFastAsAnswered(tokens);
const perSecond = fastCount / ((performance.now() - startedAtMs) / 1_000);
say(`tickets as fast as they are answered, ${fastInFlight} in flight: ${perSecond.toFixed(0)} a second`);

const steadyTokens = await realm.tokens(tickets, { count: steadyPerSecond * seconds });
await atRate({ count: passwordsPerSecond, perSecond: passwordsPerSecond }, logIn);
const alone = await atRate({ count: passwordsPerSecond * seconds, perSecond: passwordsPerSecond }, logIn);
const [steady, beside] = await Promise.all([
  atRate({ count: steadyTokens.length, perSecond: steadyPerSecond }, (index) =>
    gateway.negotiate(steadyTokens[index]),
  ),
  atRate({ count: passwordsPerSecond * seconds, perSecond: passwordsPerSecond }, logIn),
]);
say(`passwords alone, ${passwordsPerSecond} a second:              ${times(alone)}`);
say(`passwords beside ${steadyPerSecond} tickets a second:    ${times(beside)}`);
say(`tickets, ${steadyPerSecond} a second:                    ${times(steady)}`);
const output = new Output(values);
output.tell({
  section: "kerberos",
  name: "tickets",
  at: { inFlight: fastInFlight },
  rounds: { perSecond: [perSecond], p50Ms: [timeOf(fast, 0.5)], p99Ms: [timeOf(fast, 0.99)] },
});
for (const [name, answers] of [
  ["passwords alone", alone],
  ["passwords beside tickets", beside],
] as const)
  output.tell({
    section: "kerberos",
    name,
    at: { perSecond: passwordsPerSecond, ticketsPerSecond: steadyPerSecond },
    rounds: { p50Ms: [timeOf(answers, 0.5)], p99Ms: [timeOf(answers, 0.99)] },
  });
await output.record();
const ratio = timeOf(beside, 0.99) / timeOf(alone, 0.99);
const lost = [...warm, ...fast, ...alone, ...steady, ...beside].filter(({ status }) => status !== 200).length;
say(`passwords' p99 ${ratio.toFixed(2)} times as long; ${lost} logins lost`);
if (lost > 0 || perSecond < perSecondMin || ratio > ratioMax) process.exitCode = 1;

async function asFastAsAnswered(all: readonly string[]): Promise<readonly LoginAnswer[]> {
  const left = all.values();
  const answers: LoginAnswer[] = [];
  const work = async (): Promise<void> => {
    for (const token of left) answers.push(await gateway.negotiate(token));
  };
  await Promise.all(Array.from({ length: fastInFlight }, work));
  return answers;
}

function times(answers: readonly LoginAnswer[]): string {
  return [0.5, 0.9, 0.99]
    .map((share) => `p${share * 100} ${timeOf(answers, share).toFixed(1)} ms`)
    .join(", ");
}

function timeOf(answers: readonly LoginAnswer[], share: number): number {
  return percentile(
    answers.map(({ tookMs }) => tookMs),
    share,
  );
}
