/**
 * The client over TLS: it talks to a gateway whose authority it trusts, in the way that its page says, and to no other.
 */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { startApiServer } from "../../support/api-server.ts";
import { ensurePackages } from "../../support/packages.ts";
import { createAuthority } from "../../support/pki.ts";
import { runScript } from "../../support/run-script.ts";
import { createScratch } from "../../support/scratch.ts";

const client = pathToFileURL(join(import.meta.dirname, "../../../src/client/client.ts"));
const program = `
import { createClient } from ${JSON.stringify(client.href)};
const { GATEWAY_URL: url } = process.env;
console.log(JSON.stringify(await createClient({ url }).login({ username: "ada", password: "secret" })));
`;

test("a gateway's certificate has to be of an authority that the application trusts", async () => {
  await ensurePackages();
  await using scratch = await createScratch("client-tls");
  const authority = await createAuthority(scratch.folder);
  const { certificateFile, keyFile } = await authority.issue("gateway", { dns: [], ip: ["127.0.0.1"] });
  const [cert, key] = await Promise.all([readFile(certificateFile, "utf8"), readFile(keyFile, "utf8")]);
  await using api = await startApiServer({ tls: { cert, key } });
  let logins = 0;
  api.verdict = async () => {
    logins += 1;
    return { outcome: "denied", reason: "bad_credentials" };
  };
  const script = await scratch.write("login.ts", program);
  const login = async (env: Readonly<Record<string, string>>): Promise<Record<string, unknown>> => {
    const { code, stdout, stderr } = await runScript(process.execPath, [script], {
      env: { GATEWAY_URL: api.url, ...env },
    });
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as Record<string, unknown>;
  };

  const stranger = await login({ NODE_EXTRA_CA_CERTS: "" });
  assert.deepEqual([stranger["outcome"], stranger["fault"]], ["unavailable", "unreachable"]);
  assert.match(String(stranger["detail"]), /^(SELF_SIGNED|UNABLE_TO)_/);
  assert.equal(logins, 0, "the password was not sent");

  assert.equal((await login({ NODE_EXTRA_CA_CERTS: authority.caFile }))["outcome"], "denied");
  assert.equal(logins, 1);
});
