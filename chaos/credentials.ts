/**
 * What people log in with in a run: passwords, Kerberos tickets, or client certificates.
 *
 * Right ones are of people whom nothing is the matter with. Of the other methods, what is wrong with a wrong one says nothing about
 * anybody: a ticket that no key opens, a certificate of another authority.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { createCertificateAuthority } from "../test/support/certificate-authority.ts";
import type { IssuedCertificate } from "../test/support/certificate-authority.ts";
import { clientCertHeader, postForwarded } from "../test/support/certificate-client.ts";
import type {
  ConnectorOptions,
  DirectoryOfConnection,
  GatewayOptions,
  GatewayProgram,
  LoginAnswer,
} from "../test/support/drawbridge.ts";
import { firstServicePassword } from "../test/support/kerberos-realm.ts";
import { kerberosToken, mechanisms, spnegoToken } from "../test/support/negotiate-tokens.ts";
import { createScratch } from "../test/support/scratch.ts";
import type { ChaosDirectory } from "./directory.ts";
import type { PlannedLogin } from "./roster.ts";
import { TicketStock } from "./ticket-stock.ts";

export const chaosMethods = ["password", "kerberos", "certificate"] as const;
export type ChaosMethod = (typeof chaosMethods)[number];

export interface Credentials extends AsyncDisposable {
  /** What the programs have to know of them. */
  readonly connection: Partial<DirectoryOfConnection>;
  readonly connector: Pick<ConnectorOptions, "stateKeyFiles">;
  readonly gateway: Partial<GatewayOptions>;
  /** Rejects where no answer came. Called once more for a repeat. */
  send(gateway: GatewayProgram, login: PlannedLogin): Promise<LoginAnswer>;
}

/** People of whom there are certificates or tickets. */
const peopleMax = 12;
/** Who comes from here is a proxy that is believed. */
const loopback = "127.0.0.0/8";

export async function createCredentials(
  method: ChaosMethod,
  directory: ChaosDirectory,
): Promise<Credentials> {
  switch (method) {
    case "password":
      return passwords;
    case "kerberos":
      return createTickets(directory);
    case "certificate":
      return createCertificates(directory);
  }
}

const passwords: Credentials = {
  connection: {},
  connector: {},
  gateway: {},
  send: (gateway, { username, password }) => gateway.login({ username, password }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

async function createCertificates({ accounts }: ChaosDirectory): Promise<Credentials> {
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("chaos-certificates"));
  const authority = await createCertificateAuthority(scratch.folder);
  const stranger = await createCertificateAuthority(await mkdtemp(join(scratch.folder, "stranger-")));
  const right: IssuedCertificate[] = [];
  for (const account of accounts.slice(0, peopleMax))
    right.push(await authority.issue({ subject: `/O=Example/CN=${account}` }));
  const wrong = await stranger.issue({ subject: `/O=Example/CN=${accounts[0]}` });
  const crlFile = await authority.list();
  let turn = 0;
  const owned = cleanup.move();
  return {
    connection: {
      certificates: {
        caFile: authority.certificateFile,
        mapping: ["subject"],
        subjectPatterns: ["CN={name},O=Example"],
        revocation: { crlFiles: [crlFile] },
      },
    },
    connector: {},
    gateway: { clientCertificates: async () => ({ trustedProxies: [loopback] }) },
    send(gateway, { kind }) {
      const certificate = (kind === "right" ? right[turn++ % right.length] : wrong) ?? wrong;
      const headers = { "client-cert": clientCertHeader(certificate) };
      return postForwarded(`${gateway.url}/v1/login/certificate`, headers, gateway.address);
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

async function createTickets({ realmOf, accounts }: ChaosDirectory): Promise<Credentials> {
  if (realmOf === undefined) throw new Error("tickets need --directory samba");
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("chaos-tickets"));
  const realm = cleanup.use(await realmOf());
  const version = await realm.keyVersion();
  const keytab = realm.keytab({ [version]: firstServicePassword });
  const caches: string[] = [];
  for (const account of accounts.slice(0, peopleMax)) caches.push(await realm.logIn(account));
  const stock = cleanup.use(await TicketStock.open(realm, caches));
  const wrong = spnegoToken([mechanisms.kerberos], kerberosToken({ keyVersion: version })).toString("base64");
  const owned = cleanup.move();
  return {
    connection: {
      kerberos: {
        keytabFile: await scratch.write("http.keytab", keytab),
        realms: { [realm.name]: realm.name.toLowerCase() },
      },
    },
    connector: { stateKeyFiles: [await scratch.write("state.key", randomBytes(32).toString("base64"))] },
    gateway: { ticketNetworks: [loopback] },
    // A repeat brings another ticket, as a browser's does.
    send: async (gateway, { kind }) => gateway.negotiate(kind === "right" ? await stock.take() : wrong),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
