/**
 * Logins with client certificates beside logins with passwords. Tickets and the cache have benches of their own, with what they need.
 *
 * @module
 */

import { createCertificateAuthority } from "../../test/support/certificate-authority.ts";
import { clientCertHeader } from "../../test/support/certificate-client.ts";
import { createScratch } from "../../test/support/scratch.ts";
import { contest } from "../contest.ts";
import type { Contestant } from "../contest.ts";
import { Installation } from "../installation.ts";
import { besides, ldapsPort } from "./ours.ts";
import type { Section } from "./section.ts";
import { rowOf } from "./throughput.ts";

const connection = "corp";
const pool = 16;
const inFlight = 64;
const certificatesMax = 12;
/** Who comes from here is a proxy that is believed. */
const loopback = "127.0.0.0/8";

export const methods: Section = {
  name: "methods",
  what: "logins a second with passwords and with client certificates; see bench:kerberos and bench:cache for the others",
  async run({ users, rounds, ms, env, say, tell }) {
    await using scratch = await createScratch("bench-certificates");
    const authority = await createCertificateAuthority(scratch.folder);
    const certificates: string[] = [];
    for (let number = 1; number <= certificatesMax; number += 1)
      certificates.push(clientCertHeader(await authority.issue({ subject: `/O=Example/CN=u${number}` })));
    await using installation = await Installation.start({ users, connections: [connection], env });
    await using gateway = await installation.gateway([connection], {
      clientCertificates: async () => ({ trustedProxies: [loopback] }),
    });
    await using replica = await installation.replica(connection, ldapsPort, pool, {
      certificates: {
        caFile: authority.certificateFile,
        mapping: ["subject"],
        subjectPatterns: ["CN={name},O=Example"],
        revocation: { crlFiles: [await authority.list()] },
      },
    });
    const common = { connections: [connection], url: gateway.loginUrl };
    await using password = await installation.driver("gateway", common);
    await using certificate = await installation.driver("gateway", {
      ...common,
      url: `${gateway.loginUrl}/certificate`,
      certificates,
    });
    const pids = {
      ...besides(installation, undefined),
      nats: [installation.pids.nats],
      gateway: [gateway.pid],
      connector: [replica.pid],
    };
    const contestants: readonly Contestant[] = [
      { name: "password", driver: password, pids },
      { name: "client certificate", driver: certificate, pids },
    ];
    const measured = await contest(contestants, { rounds, load: { inFlight, ms }, say });
    for (const [name, figures] of measured) tell(rowOf("methods", name, { pool, inFlight }, figures));
  },
};
