/**
 * A real OpenLDAP server with password policy and nested groups, on a loopback address of its own.
 *
 * @module
 */

import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Attribute, Change } from "ldapts";
import type { LabDirectory } from "./lab-directory.ts";
import { readValues, withLdap } from "./ldap-client.ts";
import type { LdapTarget } from "./ldap-client.ts";
import { findFreeAddress } from "./loopback.ts";
import { ensurePackages } from "./packages.ts";
import { accounts, rightPassword, serviceAccount } from "./people.ts";
import { createAuthority } from "./pki.ts";
import { runCommand } from "./run-command.ts";
import { createScratch } from "./scratch.ts";
import { startServer } from "./server-process.ts";
import type { ServerProcess } from "./server-process.ts";
import { administrator, slapdConfig, slapdTree, suffix } from "./slapd-config.ts";
import { plainPeopleLdif, seedSlapd, uidDn } from "./slapd-seed.ts";

export interface SlapdOptions {
  /** Plain people `u1`…`uN` beside the named ones; 0 unless told. Those beyond 10,000 are in no group. */
  readonly usersMax?: number;
  /** Wrong passwords until an account is locked (pwdMaxFailure); 3 unless told. */
  readonly failuresMax?: number;
  /** Entries that one search may yield, all its pages together; as many as there are unless told. */
  readonly listedMax?: number;
  /** Talk only to who shows a certificate of the authority. */
  readonly demandsCertificate?: boolean;
  /** Counts what it is asked, for {@link Slapd.operations}. */
  readonly isCounting?: boolean;
  /** Attributes that nobody but the administrator may read; none unless told. */
  readonly hidden?: readonly string[];
  /** Share this server's certification authority, to stand beside it in one connection. */
  readonly from?: Slapd;
  /** Told what takes long. */
  readonly say?: (sentence: string) => void;
}

export interface Slapd extends LabDirectory {
  /** The times of the wrong passwords counted so far (pwdFailureTime, microseconds), oldest first. */
  failureTimes(account: string): Promise<readonly string[]>;
  /** How many it was asked so far; the asking is a bind and two searches more. @throws {Error} where it does not count. */
  operations(): Promise<Readonly<Record<"binds" | "searches", number>>>;
}

const ports = [389, 636] as const;
const failuresMaxDefault = 3;
const readyTimeoutMs = 60_000;
const addedByClientMax = 10_000;
const bulkTimeoutMs = 300_000;

/** About 100 ms to ready, and a millisecond more for each of `usersMax`. */
export async function startSlapd(options: SlapdOptions = {}): Promise<Slapd> {
  await ensurePackages(options.say);
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("slapd"));
  await mkdir(join(scratch.folder, "database"));
  const authority = options.from?.authority ?? (await createAuthority(scratch.folder));
  const address = await findFreeAddress(ports);
  const certificate = await authority.issue(address, { dns: ["ldap.example.test"], ip: [address] });
  const configFile = await scratch.write(
    "slapd.conf",
    slapdConfig({
      folder: scratch.folder,
      tls: { ...certificate, caFile: authority.caFile },
      listedMax: options.listedMax,
      demandsCertificate: options.demandsCertificate ?? false,
      isCounting: options.isCounting ?? false,
      hidden: options.hidden ?? [],
    }),
  );
  const passwordFile = await scratch.write("service-password", serviceAccount.password);

  const shown = {
    cert: await readFile(certificate.certificateFile, "utf8"),
    key: await readFile(certificate.keyFile, "utf8"),
  };
  const target: LdapTarget = { url: `ldaps://${address}`, ca: authority.ca, shown, ...administrator };
  const asAdministrator: Slapd["asAdministrator"] = (work) => withLdap(target, work);
  let server = await startSlapdServer(configFile, target, address);
  cleanup.defer(() => server[Symbol.asyncDispose]());
  const usersMax = options.usersMax ?? 0;
  const addedByClient = Math.min(usersMax, addedByClientMax);
  await asAdministrator((client) =>
    seedSlapd(client, addedByClient, options.failuresMax ?? failuresMaxDefault),
  );
  if (usersMax > addedByClient) {
    await server[Symbol.asyncDispose]();
    const file = await scratch.write("people.ldif", plainPeopleLdif(addedByClient + 1, usersMax));
    await runCommand("/usr/sbin/slapadd", ["-q", "-f", configFile, "-b", suffix, "-l", file], {
      timeoutMs: bulkTimeoutMs,
    });
    server = await startSlapdServer(configFile, target, address);
  }
  const owned = cleanup.move();

  return {
    preset: "openldap",
    url: target.url,
    startTlsUrl: `ldap://${address}`,
    address,
    ca: authority.ca,
    caFile: authority.caFile,
    authority,
    baseDn: suffix,
    peopleDn: slapdTree.people,
    serviceAccount: { name: uidDn(serviceAccount.account), password: serviceAccount.password, passwordFile },
    password: rightPassword,
    accounts,
    get pid() {
      return server.pid;
    },
    distinguishedName: uidDn,
    asAdministrator,
    failureTimes: (account) =>
      asAdministrator(async (client) =>
        [...(await readValues(client, uidDn(account), "pwdFailureTime"))].toSorted(),
      ),
    operations: () =>
      asAdministrator(async (client) => {
        const countOf = async (operation: string): Promise<number> => {
          const [count] = await readValues(
            client,
            `cn=${operation},cn=Operations,cn=Monitor`,
            "monitorOpInitiated",
          );
          if (count === undefined) throw new Error("this directory does not count");
          return Number(count);
        };
        return { binds: await countOf("Bind"), searches: await countOf("Search") };
      }),
    async unlock(account) {
      await asAdministrator(async (client) => {
        for (const type of ["pwdAccountLockedTime", "pwdFailureTime"]) {
          if ((await readValues(client, uidDn(account), type)).length === 0) continue;
          const modification = new Attribute({ type, values: [] });
          await client.modify(uidDn(account), new Change({ operation: "delete", modification }));
        }
      });
    },
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    async kill() {
      await server.kill();
    },
    async restart() {
      await server[Symbol.asyncDispose]();
      server = await startSlapdServer(configFile, target, address);
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

function startSlapdServer(configFile: string, target: LdapTarget, address: string): Promise<ServerProcess> {
  return startServer({
    name: "slapd",
    command: "/usr/sbin/slapd",
    // Debug level 0 keeps it in the foreground and silent.
    args: ["-d", "0", "-f", configFile, "-h", `ldap://${address}/ ldaps://${address}/`],
    ready: () => withLdap(target, async () => true),
    readyTimeoutMs,
  });
}
