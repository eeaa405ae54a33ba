/**
 * Every scenario of the failure suite, shortened, under load: nothing is lost, nothing is wrong, nothing is counted twice.
 *
 * `npm run chaos` runs them at length and prints the figures.
 */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startDirectory } from "../../chaos/directory.ts";
import type { ChaosDirectory, DirectoryKind } from "../../chaos/directory.ts";
import { Roster } from "../../chaos/roster.ts";
import { runScenario } from "../../chaos/run-scenario.ts";
import { scenarios } from "../../chaos/scenarios.ts";
import { World } from "../../chaos/world.ts";

/** What Active Directory's own counters are needed for; the load is on OpenLDAP. */
const onSamba = ["replica-killed", "replica-frozen", "replica-cut-both-ways", "controller-killed"];

const runs: readonly {
  readonly kind: DirectoryKind;
  readonly perSecond: number;
  readonly names?: readonly string[];
}[] = [
  { kind: "slapd", perSecond: 60 },
  { kind: "samba", perSecond: 20, names: onSamba },
];

for (const { kind, perSecond, names } of runs) {
  describe(`under load on ${kind}`, () => {
    let directory: ChaosDirectory;
    let world: World;
    before(async () => {
      directory = await startDirectory(kind);
      world = await World.start({ directory, replicas: 3, gateways: 2 });
    });
    after(async () => {
      await world[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    });

    for (const scenario of scenarios.filter(({ name }) => names?.includes(name) ?? true)) {
      test(`${scenario.name}: ${scenario.what}`, async () => {
        const roster = new Roster(directory.accounts, directory.password);
        const result = await runScenario(world, scenario, { perSecond, seconds: 3, roster });
        assert.deepEqual(result.broken, [], result.remarks);
        assert.equal(result.accepted + result.denied + result.unavailable, result.sent);
      });
    }
  });
}
