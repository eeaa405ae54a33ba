/**
 * Another company's realm: MIT's KDC, with somebody in it and a service of the same name as ours, whose key somebody brought into our
 * keytab.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startServer } from "./server-process.ts";
import { ensurePackages } from "./packages.ts";
import { findFreeAddress } from "./loopback.ts";
import { runCommand } from "./run-command.ts";
import { createScratch } from "./scratch.ts";

export interface ForeignRealm extends AsyncDisposable {
  readonly name: string;
  /** Of the service's keys. */
  readonly keytab: Buffer;
  /** Base64 of a token of `ada` there, for our service's name. */
  token(): Promise<string>;
}

const name = "PARTNER.TEST";
const password = "Foreign-Portcullis-9";
const timeoutMs = 30_000;
const kdcPort = 88;

/** @param host  Of the service. */
export async function startForeignRealm(host: string): Promise<ForeignRealm> {
  await ensurePackages();
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("foreign"));
  const address = await findFreeAddress([kdcPort]);
  const file = (part: string): string => join(scratch.folder, part);
  const env = {
    KRB5_CONFIG: await scratch.write("krb5.conf", clientConfig(address, host)),
    KRB5_KDC_PROFILE: await scratch.write("kdc.conf", kdcConfig(address, file)),
    KRB5CCNAME: `FILE:${file("tickets")}`,
  };
  const run = (command: string, ...args: readonly string[]): Promise<string> =>
    runCommand(command, args, { env, timeoutMs });
  const query = (text: string): Promise<string> => run("kadmin.local", "-r", name, "-q", text);
  await run("kdb5_util", "-r", name, "create", "-s", "-P", password);
  await query("addprinc -pw person-of-theirs ada");
  await query(`addprinc -randkey HTTP/${host}`);
  await query(`ktadd -k ${file("service.keytab")} HTTP/${host}`);
  await query(`ktadd -k ${file("ada.keytab")} ada`);
  cleanup.use(
    await startServer({
      name: "krb5kdc",
      command: "krb5kdc",
      args: ["-n", "-r", name],
      env,
      ready: async () => (await run("kinit", "-k", "-t", file("ada.keytab"), "ada")) === "",
      readyTimeoutMs: timeoutMs,
    }),
  );
  const keytab = await readFile(file("service.keytab"));
  const owned = cleanup.move();
  return {
    name,
    keytab,
    async token() {
      const maker = [join(import.meta.dirname, "token-maker.ts"), `HTTP@${host}`, "1"];
      return (await run(process.execPath, ...maker)).trim();
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

function clientConfig(address: string, host: string): string {
  return `[libdefaults]
  default_realm = ${name}
  dns_lookup_kdc = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
[realms]
  ${name} = {
    kdc = ${address}:${kdcPort}
  }
[domain_realm]
  ${host} = ${name}
`;
}

function kdcConfig(address: string, file: (part: string) => string): string {
  return `[kdcdefaults]
  kdc_listen = ${address}:${kdcPort}
  kdc_tcp_listen = ${address}:${kdcPort}
[realms]
  ${name} = {
    database_name = ${file("principal")}
    key_stash_file = ${file("stash")}
    acl_file = ${file("acl")}
    supported_enctypes = aes256-cts-hmac-sha1-96:normal
  }
[logging]
  kdc = STDERR
`;
}
