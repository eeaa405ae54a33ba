/**
 * A Kerberos realm: Samba's KDC, a web service in it, and people with tickets.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Attribute, Change } from "ldapts";
import { ensureKerberosBuilt } from "./kerberos-build.ts";
import { keytabOf } from "./kerberos-key.ts";
import { readValues } from "./ldap-client.ts";
import { rightPassword } from "./people.ts";
import type { Samba } from "./samba.ts";
import { example } from "./samba-config.ts";
import type { SambaDomain } from "./samba-config.ts";
import { createScratch } from "./scratch.ts";
import { shiftedClock } from "./shifted-clock.ts";

export interface TokenOptions {
  /** 1 unless told. */
  readonly count?: number;
  /** {@link KerberosRealm.host} unless told. */
  readonly host?: string;
  /** The client's clock is so far off. */
  readonly clockOffsetSeconds?: number;
}

export interface KerberosRealm extends AsyncDisposable {
  /** `EXAMPLE.TEST` */
  readonly name: string;
  /** `gateway.example.test`: people have tickets for `HTTP/` of it. */
  readonly host: string;
  /** For `KRB5_CONFIG`. */
  readonly configFile: string;
  /** What the KDC numbers the service's present key with. */
  keyVersion(): Promise<number>;
  /** Gives the service another password, and with it another key. */
  setPassword(password: string): Promise<void>;
  /** Of the service, with a key for each of these versions. */
  keytab(passwords: Readonly<Record<number, string>>): Buffer;
  /** Logs somebody in at the KDC. @returns what to put into `KRB5CCNAME`. */
  logIn(account: string, options?: { readonly isEnterprise?: boolean }): Promise<string>;
  /** Logs somebody in whose tokens are just short of 48 KiB, as of people in very many groups. @returns as {@link KerberosRealm.logIn}. */
  logInWithLongTicket(account: string): Promise<string>;
  /** What curl prints that logs in at this URL as if it were at {@link KerberosRealm.host}; the headers of the answer come first. */
  curl(url: string, tickets: string): Promise<string>;
  /** Base64, as they stand behind `Negotiate`; one where the clock is off. */
  tokens(tickets: string, options?: TokenOptions): Promise<readonly string[]>;
}

export const firstServicePassword = "Keyed-Portcullis-9";
const account = "svc-http";
const timeoutMs = 30_000;
/** Of padding: with what else is in a token, short of what is taken. */
const longTicketBytes = 46_500;
// MS-ADTS 2.2.16: NORMAL_ACCOUNT, DONT_EXPIRE_PASSWORD; MS-KILE 2.2.7: both AES types.
const userAccountControl = "66048";
const encryptionTypes = "24";

/** @param samba  Running `all` services. */
export async function createRealm(samba: Samba, domain: SambaDomain = example): Promise<KerberosRealm> {
  await ensureKerberosBuilt();
  const scratch = await createScratch("kerberos");
  const name = domain.dnsName.toUpperCase();
  const host = `gateway.${domain.dnsName}`;
  const service = `HTTP/${host}`;
  const distinguishedName = `CN=${account},CN=Users,${domain.baseDn}`;
  const configFile = await scratch.write("krb5.conf", configOf(name, domain.dnsName, samba.address));
  let caches = 0;
  await samba.asAdministrator((client) =>
    client.add(distinguishedName, [
      ...Object.entries({
        objectClass: "user",
        sAMAccountName: account,
        servicePrincipalName: service,
        userAccountControl,
        "msDS-SupportedEncryptionTypes": encryptionTypes,
      }).map(([type, value]) => new Attribute({ type, values: [value] })),
      unicodePassword(firstServicePassword),
    ]),
  );

  const run = (command: string, args: readonly string[], env: Readonly<Record<string, string>>, input = "") =>
    runWith(command, args, { KRB5_CONFIG: configFile, ...env }, input);

  /** The native library looks past what would shift the clock of a program around it, so this one is made by curl. */
  async function shiftedToken(other: string, seconds: number, tickets: string): Promise<string> {
    const received = Promise.withResolvers<string>();
    const server = createServer((request, response) => {
      received.resolve((request.headers.authorization ?? "").replace("Negotiate ", ""));
      response.end();
    });
    try {
      server.listen(0, samba.address);
      await once(server, "listening");
      const address = server.address();
      if (typeof address !== "object" || address === null) throw new Error("the server has no port");
      const args = curlArgs(other, `http://${samba.address}:${address.port}/`);
      await run("curl", args, { KRB5CCNAME: tickets, ...shiftedClock(seconds) });
      return await received.promise;
    } finally {
      server.close();
    }
  }

  const realm: KerberosRealm = {
    name,
    host,
    configFile,
    async keyVersion() {
      const [version] = await samba.asAdministrator((client) =>
        readValues(client, distinguishedName, "msDS-KeyVersionNumber"),
      );
      return Number(version);
    },
    async setPassword(password) {
      const modification = unicodePassword(password);
      await samba.asAdministrator((client) =>
        client.modify(distinguishedName, new Change({ operation: "replace", modification })),
      );
    },
    keytab: (passwords) =>
      keytabOf(
        Object.entries(passwords).map(([version, password]) => ({
          realm: name,
          service,
          version: Number(version),
          password,
          salt: `${name}${account}`,
        })),
      ),
    async logIn(person, { isEnterprise = false } = {}) {
      caches += 1;
      const tickets = `FILE:${join(scratch.folder, `tickets-${caches}`)}`;
      const args = [...(isEnterprise ? ["-E"] : []), person];
      await run("kinit", args, { KRB5CCNAME: tickets }, `${rightPassword}\n`);
      return tickets;
    },
    async logInWithLongTicket(person) {
      const program = join(scratch.folder, "long-ticket");
      const source = join(import.meta.dirname, "long-ticket.c");
      await run("g++", ["-x", "c", "-o", program, source, "-lkrb5"], {});
      const tickets = await realm.logIn(person);
      await run(program, [service, String(longTicketBytes)], { KRB5CCNAME: tickets });
      return tickets;
    },
    async tokens(tickets, { count = 1, host: other = host, clockOffsetSeconds = 0 } = {}) {
      if (clockOffsetSeconds !== 0) return [await shiftedToken(other, clockOffsetSeconds, tickets)];
      const maker = [join(import.meta.dirname, "token-maker.ts"), `HTTP@${other}`, String(count)];
      const output = await run(process.execPath, maker, { KRB5CCNAME: tickets });
      return output.trim().split("\n");
    },
    curl: (url, tickets) => run("curl", curlArgs(host, url), { KRB5CCNAME: tickets }),
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  };
  return realm;
}

function configOf(realm: string, dnsName: string, address: string): string {
  return `[libdefaults]
  default_realm = ${realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
[realms]
  ${realm} = {
    kdc = ${address}:88
  }
[domain_realm]
  .${dnsName} = ${realm}
`;
}

/** Goes to the URL's address, and believes it to be that host. */
function curlArgs(host: string, url: string): readonly string[] {
  const { hostname, port, pathname } = new URL(url);
  const there = `${host}:${port}:${hostname}:${port}`;
  return [
    "--silent",
    "--show-error",
    "--include",
    "--noproxy",
    "*",
    "--negotiate",
    "--user",
    ":",
    "--connect-to",
    there,
    `http://${host}:${port}${pathname}`,
  ];
}

function unicodePassword(password: string): Attribute {
  return new Attribute({ type: "unicodePwd", values: [Buffer.from(`"${password}"`, "utf16le")] });
}

/** @throws {Error} with what it said when it fails. */
async function runWith(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  input: string,
): Promise<string> {
  const child = spawn(command, [...args], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
    timeout: timeoutMs,
  });
  child.stdin.end(input);
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  const [code, output, complaint] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  if (code === 0) return output;
  throw new Error(`${command} ${args.join(" ")} failed (${code}): ${complaint}`);
}
