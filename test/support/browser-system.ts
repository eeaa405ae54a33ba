/**
 * Everything that a browser of the company needs to log in to an application without typing: a realm with its KDC, an issuer with a
 * name of its own behind TLS, a host that asks for certificates, an authority for people's certificates, and an application.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { createCertificateAuthority, personExtensions, principalExtension } from "./certificate-authority.ts";
import type { IssuedCertificate } from "./certificate-authority.ts";
import { certificatesPort, httpPort, startConnector, startGateway } from "./drawbridge.ts";
import type { GatewayProgram } from "./drawbridge.ts";
import { createHttpsFetch } from "./https-fetch.ts";
import { createIdentityKeys } from "./identity-keys.ts";
import { createRealm, firstServicePassword } from "./kerberos-realm.ts";
import type { KerberosRealm } from "./kerberos-realm.ts";
import { startNats } from "./nats-server.ts";
import { signingKey } from "./oidc-gateways.ts";
import { createAuthority } from "./pki.ts";
import { portalId, startPortal } from "./portal.ts";
import type { Portal } from "./portal.ts";
import type { Program } from "./program.ts";
import { startSamba } from "./samba.ts";
import type { Samba } from "./samba.ts";
import { createScratch } from "./scratch.ts";
import type { Scratch } from "./scratch.ts";

export interface BrowserSystem extends AsyncDisposable {
  readonly samba: Samba;
  readonly realm: KerberosRealm;
  readonly portal: Portal;
  readonly gateway: GatewayProgram;
  readonly connectors: readonly Program[];
  /** Ada's. */
  readonly certificates: Readonly<Record<"good" | "revoked", IssuedCertificate>>;
  /** Of the servers that browsers talk to. */
  readonly serverCaFile: string;
  readonly issuer: string;
  /** Origin. */
  readonly certificateHost: string;
  readonly scratch: Scratch;
}

export const certificateName = "certificates.example.test";

export async function startBrowserSystem(): Promise<BrowserSystem> {
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("browser"));
  const samba = cleanup.use(await startSamba({ services: "all" }));
  const realm = cleanup.use(await createRealm(samba));
  const nats = cleanup.use(await startNats({ jetStream: true }));
  const keys = await createIdentityKeys(scratch.folder, ["corp"]);
  const servers = await createAuthority(await mkdtemp(join(scratch.folder, "servers-")));
  const people = await createCertificateAuthority(await mkdtemp(join(scratch.folder, "people-")));
  const issue = (): Promise<IssuedCertificate> =>
    people.issue({
      subject: "/CN=Ada",
      extensions: [...personExtensions, principalExtension("ada@example.test")],
    });
  const certificates = { good: await issue(), revoked: await issue() };
  await people.revoke(certificates.revoked);
  const portal = cleanup.use(await startPortal());
  const issuer = `https://${realm.host}:${httpPort}/oidc`;
  const certificateHost = `https://${certificateName}:${certificatesPort}`;
  const secret = randomBytes(24).toString("base64url");
  const keytab = realm.keytab({ [await realm.keyVersion()]: firstServicePassword });
  const newStateKey = (): string => randomBytes(32).toString("base64");
  const connection = {
    directory: samba,
    kerberos: {
      keytabFile: await scratch.write("http.keytab", keytab),
      realms: { [realm.name]: realm.name.toLowerCase() },
    },
    certificates: {
      caFile: people.certificateFile,
      revocation: { crlFiles: [await people.list()] },
    },
  };
  const stateKeyFiles = [await scratch.write("connector-state.key", newStateKey())];
  const connectors = await Promise.all(
    ["connector-1", "connector-2"].map(async (name) =>
      cleanup.use(
        await startConnector({ nats, keys, name, connections: { corp: connection }, stateKeyFiles }),
      ),
    ),
  );
  const settingsAt = async (address: string): Promise<object> => {
    const served = { dns: [realm.host, certificateName], ip: [address] };
    const { certificateFile: certFile, keyFile } = await servers.issue("gateway", served);
    return {
      http: { host: address, port: httpPort, tls: { certFile, keyFile } },
      clientCertificates: {
        listener: { host: address, port: certificatesPort, tls: { certFile, keyFile } },
        page: { url: certificateHost },
      },
      state: { keyFiles: [await scratch.write("gateway-state.key", newStateKey())] },
      oidc: {
        issuer,
        keyFiles: [await scratch.write("oidc.key", signingKey())],
        clients: [
          {
            id: portalId,
            name: "The Portal",
            secretFile: await scratch.write("client.secret", secret),
            redirectUris: [portal.callback],
            postLogoutRedirectUris: [`${portal.url}/`],
          },
        ],
      },
      page: { name: "Example Works" },
    };
  };
  const gateway = cleanup.use(
    await startGateway({
      nats,
      keys,
      connections: ["corp"],
      ticketNetworks: ["127.0.0.0/8"],
      settings: settingsAt,
    }),
  );
  await portal.connect(issuer, secret, createHttpsFetch({ address: gateway.address, ca: servers.ca }));
  const owned = cleanup.move();
  return {
    samba,
    realm,
    portal,
    gateway,
    connectors,
    certificates,
    serverCaFile: servers.caFile,
    issuer,
    certificateHost,
    scratch,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
