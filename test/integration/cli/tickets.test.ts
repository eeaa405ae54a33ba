/**
 * A connector whose tickets could never be checked says so and ends, before it waits for anything.
 */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { createIdentityKeys } from "../../support/identity-keys.ts";
import { ensureKerberosBuilt } from "../../support/kerberos-build.ts";
import { keytabOf } from "../../support/kerberos-key.ts";
import { runCli } from "../../support/run-cli.ts";
import { createScratch } from "../../support/scratch.ts";

const key = {
  realm: "EXAMPLE.TEST",
  service: "HTTP/gateway.example.test",
  version: 2,
  password: "secret",
  salt: "EXAMPLE.TESTsvc",
};

interface Change {
  readonly keytab?: Buffer;
  readonly kerberos?: object;
  readonly state?: object;
}

/** With nothing at the other end of anything. */
async function start({ keytab = keytabOf([key]), kerberos = {}, state }: Change) {
  await using scratch = await createScratch("tickets");
  const keys = await createIdentityKeys(scratch.folder, ["corp"]);
  const keytabFile = await scratch.write("http.keytab", keytab);
  const stateKeyFile = await scratch.write("state.key", Buffer.alloc(32, 1).toString("base64"));
  const file = await scratch.write(
    "drawbridge.yaml",
    JSON.stringify({
      nats: { servers: ["nats://127.0.0.1:1"] },
      ops: { host: "127.0.0.1", port: 0 },
      connector: {
        state: state ?? { keyFiles: [stateKeyFile] },
        connections: {
          corp: {
            identityKeyFile: keys.connector("corp").keyFile,
            gatewayKeyFiles: [keys.gateway.publicKeyFile],
            directory: {
              preset: "active-directory",
              controllers: ["ldaps://127.0.0.1:1"],
              baseDn: "OU=People,DC=example,DC=test",
              domain: "EXAMPLE",
              serviceAccount: {
                name: "svc@example.test",
                passwordFile: await scratch.write("password", "secret"),
              },
            },
            kerberos: { keytabFile, realms: { "EXAMPLE.TEST": "example.test" }, ...kerberos },
          },
        },
      },
    }),
  );
  return await runCli(["connector", "--config", file]);
}

before(() => ensureKerberosBuilt());

const path = "connector.connections.corp.kerberos";
const broken: readonly (readonly [string, Change, RegExp])[] = [
  ["no keytab", { keytab: Buffer.from("hello") }, /\.keytabFile: .+ is not a keytab of version 2/],
  ["an empty keytab", { keytab: Buffer.from([5, 2]) }, /\.keytabFile: .+ is a keytab without keys/],
  ["a keytab that is not there", { kerberos: { keytabFile: "/nonexistent" } }, /\.keytabFile: .+ENOENT/],
  [
    "a realm of a domain that is nowhere",
    { kerberos: { realms: { "PARTNER.TEST": "partner.test" } } },
    /\.realms\.PARTNER\.TEST: is none of the directory's domains/,
  ],
  ["no realm", { kerberos: { realms: {} } }, /\.realms: name at least one realm/],
];
for (const [what, change, problem] of broken) {
  test(`${what} ends the start with code 78 and says where`, async () => {
    const { code, stderr } = await start(change);
    assert.equal(code, 78, stderr);
    assert.match(stderr, problem);
    assert.ok(stderr.startsWith(path), stderr);
  });
}

test("without a memory that replicas share it starts only where the settings say so", async () => {
  const { code, stderr } = await start({ state: {} });
  assert.equal(code, 78);
  assert.match(stderr, /^connector\.state\.keyFiles: is needed with kerberos/);
});
