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
import { example } from "./samba-config.ts";
import type { SambaDomain } from "./samba-config.ts";
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
  /** Told what takes long. */
  readonly say?: (sentence: string) => void;
}

export interface Samba extends LabDirectory {
  readonly domain: string;
  /** How many wrong passwords this controller has counted for the account. */
  badPwdCount(account: string): Promise<number>;
}

/** Under 2 s to ready, once the snapshot of the domain has been made on this machine. */
export async function startSamba(options: SambaOptions = {}): Promise<Samba> {
  const domain = options.domain ?? example;
  const snapshot = await ensureSambaSnapshot(domain, options.say);
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("samba"));
  const { folder } = scratch;
  await runCommand("tar", ["--extract", "--gzip", "--file", snapshot, "--directory", folder], {
    timeoutMs: 30_000,
  });

  const authority = options.authority ?? options.from?.authority ?? (await createAuthority(folder));
  const address = await findFreeAddress(sambaPorts);
  const passwordFile = await scratch.write("service-password", serviceAccount.password);
  let server = await startSambaServer(domain, folder, address, authority);
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
      server = await startSambaServer(domain, folder, address, authority);
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
