/**
 * `npm run guesses`: guesses passwords through two gateways at a real Active Directory, and reads from it who was locked out.
 */

import { parseArgs } from "node:util";
import { guess } from "./guess.ts";
import { complaintsAbout, tableOf } from "./guess-figures.ts";

const usage = `Usage: npm run guesses -- [options]

Samba's Active Directory that locks at the fifth wrong password (at the third by a fine-grained policy for every fifth account), NATS
with JetStream, two connectors, two gateways with the throttle as it comes. Guesses come from addresses of their own, by all spellings
of the names, to the login and the change of a password; one gateway is killed in between. Ends with 1 where a promise was broken.

Options:
  --guesses N      (default 10000)
  --accounts N     (default 100)
  --addresses N    (default 50)
  --in-flight N    guesses at once (default 64)
  --json           one line of JSON
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      guesses: { type: "string", default: "10000" },
      accounts: { type: "string", default: "100" },
      addresses: { type: "string", default: "50" },
      "in-flight": { type: "string", default: "64" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const figures = await guess({
    guesses: Number(values.guesses),
    accounts: Number(values.accounts),
    addresses: Number(values.addresses),
    inFlight: Number(values["in-flight"]),
    restarts: true,
    say: (sentence) => process.stderr.write(`${sentence}\n`),
  });
  process.stdout.write(`${values.json ? JSON.stringify(figures) : tableOf(figures)}\n`);
  const complaints = complaintsAbout(figures);
  const { before, during, afterAtHome, afterElsewhere } = figures.owners;
  const refusals = [before, during, afterAtHome, afterElsewhere].flatMap((owners) => owners.refusals);
  for (const refusal of refusals) process.stderr.write(`refused: ${refusal}\n`);
  for (const complaint of complaints) process.stderr.write(`BROKEN: ${complaint}\n`);
  return complaints.length === 0 ? 0 : 1;
}
