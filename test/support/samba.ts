/**
 * A real Active Directory domain controller, by Samba, on a loopback address of its own.
 *
 * @module
 */

import { Attribute, Change } from "ldapts";
import type { LabDirectory } from "./lab-directory.ts";
import { readValues, withLdap } from "./ldap-client.ts";
import { findFreeAddress } from "./loopback.ts";
import { accounts, rightPassword, serviceAccount } from "./people.ts";
import { createAuthority } from "./pki.ts";
import type { Authority } from "./pki.ts";
import { runCommand } from "./run-command.ts";
import { example, firstController } from "./samba-config.ts";
import type { SambaDomain } from "./samba-config.ts";
import { joinDomain, nameInDns } from "./samba-join.ts";
import { sambaDistinguishedName } from "./samba-seed.ts";
import { administratorOf, sambaPorts, startSambaServer } from "./samba-server.ts";
import { ensureSambaSnapshot } from "./samba-snapshot.ts";
import { createScratch } from "./scratch.ts";

export interface SambaOptions {
  /**
   * Be a second controller of this one's domain: same objects, same keys, same certification authority. Nothing replicates: each
   * counts failed logins for itself, as AD's controllers do until they have replicated.
   */
  readonly from?: Samba;
  /** example.test unless told. */
  readonly domain?: SambaDomain;
  /** Share this server's certification authority, to stand beside it in one connection. */
  readonly authority?: Authority;
  /** `all`: also DNS on port 53, Kerberos and what else a controller needs that is joined; `ldap` unless told. */
  readonly services?: "ldap" | "all";
  /** Join this one's domain as a second controller, `dc2`, with a copy of everything that is in it now. It has to run `all`. */
  readonly joins?: Samba;
  /** Told what takes long. */
  readonly say?: (sentence: string) => void;
}

export interface Samba extends LabDirectory {
  readonly domain: string;
  /** Puts its address and its place among the controllers into the domain's DNS, which that one answers. */
  registerIn(dns: Samba): Promise<void>;
  /** How many wrong passwords this controller has counted for the account. */
  badPwdCount(account: string): Promise<number>;
}

const secondController = "dc2";

/** Under 2 s to ready, once the snapshot of the domain has been made on this machine. */
export async function startSamba(options: SambaOptions = {}): Promise<Samba> {
  const domain = options.domain ?? example;
  const snapshot = await ensureSambaSnapshot(domain, options.say);
  const first = options.joins ?? options.from;
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("samba"));
  const { folder } = scratch;
  const authority = options.authority ?? first?.authority ?? (await createAuthority(folder));
  const address = await findFreeAddress(sambaPorts);
  const name = options.joins === undefined ? firstController : secondController;
  if (options.joins === undefined) {
    await runCommand("tar", ["--extract", "--gzip", "--file", snapshot, "--directory", folder], {
      timeoutMs: 30_000,
    });
  } else await joinDomain(scratch, { domain, firstAddress: options.joins.address, name, address });

  const passwordFile = await scratch.write("service-password", serviceAccount.password);
  const running = { folder, address, authority, name, services: options.services ?? "ldap" } as const;
  let server = await startSambaServer(domain, running);
  cleanup.defer(() => server[Symbol.asyncDispose]());
  const asAdministrator: Samba["asAdministrator"] = (work) =>
    withLdap(administratorOf(domain, address, authority), work);
  const distinguishedName = (account: string): string => sambaDistinguishedName(domain, account);
  const owned = cleanup.move();

  return {
    preset: "active-directory",
    url: `ldaps://${address}`,
    startTlsUrl: `ldap://${address}`,
    address,
    ca: authority.ca,
    caFile: authority.caFile,
    authority,
    baseDn: domain.baseDn,
    peopleDn: domain.peopleDn,
    domain: domain.netbiosName,
    registerIn: (dns) => nameInDns(scratch, { domain, firstAddress: dns.address, name, address }),
    serviceAccount: {
      name: `${serviceAccount.account}@${domain.dnsName}`,
      password: serviceAccount.password,
      passwordFile,
    },
    password: rightPassword,
    accounts,
    get pid() {
      return server.pid;
    },
    distinguishedName,
    asAdministrator,
    async badPwdCount(account) {
      const [count] = await asAdministrator((client) =>
        readValues(client, distinguishedName(account), "badPwdCount"),
      );
      return Number(count ?? 0);
    },
    async unlock(account) {
      // MS-SAMR 3.1.1.8.7: writing 0 to lockoutTime also sets badPwdCount to 0.
      const modification = new Attribute({ type: "lockoutTime", values: ["0"] });
      await asAdministrator((client) =>
        client.modify(distinguishedName(account), new Change({ operation: "replace", modification })),
      );
    },
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    async kill() {
      await server.kill();
    },
    async restart() {
      await server[Symbol.asyncDispose]();
      server = await startSambaServer(domain, running);
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
