/**
 * Logins of people in no group, in 50 and in 200 that are nested five deep.
 *
 * @module
 */

import { nestedGroups } from "../../test/support/nested-groups.ts";
import { contest } from "../contest.ts";
import type { Contestant } from "../contest.ts";
import { Installation } from "../installation.ts";
import { startOurs } from "./ours.ts";
import type { Section } from "./section.ts";
import { rowOf } from "./throughput.ts";

const pool = 16;
const connection = "corp";

const people = [
  { count: 0, account: "grace" },
  { count: 50, account: "u2" },
  { count: 200, account: "u1" },
] as const;

export const groups: Section = {
  name: "groups",
  what: "logins of people in 0, 50 and 200 nested groups, one after the other and together",
  async run({ rounds, ms, env, wants, say, tell }) {
    await using installation = await Installation.start({ users: 2, connections: [connection], env });
    const { directory } = installation;
    await directory.asAdministrator(async (client) => {
      await nestedGroups(client, directory, "u1");
      await nestedGroups(client, directory, "u2", { prefix: "Some", perLevel: 10 });
    });
    await using gateway = await installation.gateway([connection]);
    await using cleanup = new AsyncDisposableStack();
    const replica = await startOurs(
      { installation, gateway, connection, replicas: 1, pool, name: "0", accounts: ["grace"] },
      cleanup,
    );
    const contestants: Contestant[] = [];
    for (const { count, account } of people) {
      if (!wants(`${count} groups`)) continue;
      const driver = await installation.driver("gateway", {
        url: gateway.loginUrl,
        connections: [connection],
        accounts: [account],
      });
      contestants.push({ ...replica, name: `${count} groups`, driver: cleanup.use(driver) });
    }
    for (const inFlight of [1, 16]) {
      const measured = await contest(contestants, { rounds, load: { inFlight, ms }, say });
      for (const [name, figures] of measured) tell(rowOf("groups", name, { inFlight }, figures));
    }
  },
};
