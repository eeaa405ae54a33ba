/**
 * A foreign application: Debian's Apache with mod_auth_openidc, in front of one page for engineers.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createScratch } from "./scratch.ts";
import { startServer } from "./server-process.ts";

export interface ApacheOptions {
  /** Its own address; the port is {@link apachePort}. */
  readonly address: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export const apachePort = 8_070;
const readyTimeoutMs = 60_000;

export async function startApache(
  options: ApacheOptions,
): Promise<AsyncDisposable & { readonly url: string }> {
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("apache"));
  // Its workers are nobody, and have to read this.
  await chmod(scratch.folder, 0o711);
  await mkdir(join(scratch.folder, "pages"), { mode: 0o755 });
  await writeFile(join(scratch.folder, "pages", "index.html"), "<h1>For engineers</h1>", { mode: 0o644 });
  const configuration = await scratch.write("apache.conf", render(options, scratch.folder));
  const url = `http://${options.address}:${apachePort}`;
  cleanup.use(
    await startServer({
      name: "apache",
      command: "/usr/sbin/apache2",
      args: ["-f", configuration, "-DFOREGROUND"],
      readyTimeoutMs,
      ready: async () => (await fetch(url, { redirect: "manual" })).status > 0,
    }),
  );
  const owned = cleanup.move();
  return { url, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() };
}

const modules = [
  "mpm_event",
  "authn_core",
  "authz_core",
  "authz_user",
  "auth_openidc",
  "headers",
  "dir",
  "mime",
];

function render({ address, issuer, clientId, clientSecret }: ApacheOptions, folder: string): string {
  return `
ServerRoot ${folder}
ServerName ${address}
Listen ${address}:${apachePort}
PidFile ${folder}/apache.pid
ErrorLog ${folder}/error.log
Mutex file:${folder}
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
User nobody
Group nogroup
DocumentRoot ${folder}/pages
TypesConfig /dev/null
OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID ${clientId}
OIDCClientSecret ${clientSecret}
OIDCRedirectURI http://${address}:${apachePort}/callback
OIDCCryptoPassphrase ${randomBytes(24).toString("hex")}
OIDCScope "openid profile groups"
OIDCPKCEMethod S256
OIDCRemoteUserClaim preferred_username
OIDCCacheType shm
<Location />
  AuthType openid-connect
  # Whoever asks: by itself it takes a client that is no browser for a script, and sends it 401.
  OIDCUnAuthAction auth true
  Require claim groups:Engineers
  Header always set X-Person "expr=%{REMOTE_USER}"
</Location>
`;
}
