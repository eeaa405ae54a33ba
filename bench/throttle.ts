/**
 * `npm run bench:throttle`: what the throttle costs a login.
 *
 * Two gateways at the same connector, directory and store, one with the throttle and one without. They are measured in turns, so that
 * the machine's faster and slower moments hit both alike: people who come from where they always come, and people who come from a new
 * place each time, for whom the directory is asked how near the account is to its lockout.
 */

import { randomBytes } from "node:crypto";
import { startConnector, startGateway } from "../test/support/drawbridge.ts";
import type { GatewayProgram } from "../test/support/drawbridge.ts";
import { createIdentityKeys } from "../test/support/identity-keys.ts";
import { startNats } from "../test/support/nats-server.ts";
import { createScratch } from "../test/support/scratch.ts";
import { startSlapd } from "../test/support/slapd.ts";
import { percentile } from "./rates.ts";

const people = 100;
const rounds = 6;
const loginsARound = 300;
const inFlight = 4;

await using slapd = await startSlapd({ usersMax: people });
await using scratch = await createScratch("bench");
const keys = await createIdentityKeys(scratch.folder, ["corp"]);
await using nats = await startNats({ jetStream: true });
const common = { nats, keys, logLevel: "error" };
await using connector = await startConnector({ ...common, connections: { corp: { directory: slapd } } });
void connector;
const stateKeyFiles = [await scratch.write("state.key", randomBytes(32).toString("base64"))];
const gatewayOptions = { ...common, connections: ["corp"], stateKeyFiles, cache: { enabled: false } };
await using without = await startGateway({ ...gatewayOptions, name: "without" });
await using throttled = await startGateway({ ...gatewayOptions, name: "throttled", throttle: {} });

const homeOf = (n: number): string => `127.210.0.${1 + (n % people)}`;
let places = 0;
const newPlace = (): string => {
  places += 1;
  return `127.${211 + Math.floor(places / 50_000)}.${Math.floor(places / 200) % 250}.${1 + (places % 200)}`;
};

const measured = {
  "without the throttle": [] as number[],
  "with it, from where they always come": [] as number[],
  "with it, from a new place": [] as number[],
};
// The first round makes the buckets, the sessions and the familiar places.
await logInAll(without, homeOf);
await logInAll(throttled, homeOf);
for (let round = 0; round < rounds; round += 1) {
  measured["without the throttle"].push(...(await logInAll(without, homeOf)));
  measured["with it, from where they always come"].push(...(await logInAll(throttled, homeOf)));
  measured["with it, from a new place"].push(...(await logInAll(throttled, newPlace)));
}
for (const [name, times] of Object.entries(measured)) {
  const parts = [50, 90, 99].map((part) => `p${part} ${percentile(times, part / 100).toFixed(1)} ms`);
  console.log(`${name.padEnd(40)}${parts.join("   ")}   (${times.length} logins)`);
}

async function logInAll(gateway: GatewayProgram, from: (n: number) => string): Promise<readonly number[]> {
  const times: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let n = next; n < loginsARound; n = next) {
      next += 1;
      const login = { username: `u${1 + (n % people)}`, password: slapd.password };
      const { status, tookMs } = await gateway.login(login, { localAddress: from(n) });
      if (status !== 200) throw new Error(`a login ended with ${status}`);
      times.push(tookMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return times;
}
