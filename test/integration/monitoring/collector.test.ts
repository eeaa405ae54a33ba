/**
 * The collector of traces, as a program meets it: over TLS, with a secret, and with every kind of answer.
 */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { createCollector } from "../../../src/telemetry/traces/collector.ts";
import { ensurePackages } from "../../support/packages.ts";
import { createAuthority } from "../../support/pki.ts";
import { createScratch } from "../../support/scratch.ts";

test("a collector is believed by its certificate, shown who asks, and asked again where it says so", async () => {
  await ensurePackages();
  await using scratch = await createScratch("collector");
  const authority = await createAuthority(scratch.folder);
  const files = await authority.issue("collector", { dns: ["localhost"], ip: ["127.0.0.1"] });
  const [cert, key] = await Promise.all([readFile(files.certificateFile), readFile(files.keyFile)]);
  const seen: (string | undefined)[] = [];
  const answers = [200, 400, 503, 429, 302];
  const server = createServer({ cert, key }, (request, response) => {
    seen.push(request.headers.authorization);
    request.resume();
    response.writeHead(answers[seen.length - 1] ?? 500, { location: "https://127.0.0.1:1/" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const options = {
    endpoint: `https://127.0.0.1:${port}/v1/traces`,
    headers: () => ({ authorization: "Basic c2VjcmV0" }),
    timeoutMs: 20_000,
  };
  using known = createCollector({ ...options, ca: authority.ca });
  using unknown = createCollector({ ...options, ca: undefined });
  assert.deepEqual(await known.send("{}"), { kind: "taken" });
  assert.deepEqual(await known.send("{}"), { kind: "refused", why: "status_400" });
  assert.deepEqual(await known.send("{}"), { kind: "unavailable", why: "status_503" });
  assert.deepEqual(await known.send("{}"), { kind: "unavailable", why: "status_429" });
  assert.deepEqual(await known.send("{}"), { kind: "refused", why: "status_302" }, "it leads nowhere else");
  assert.equal((await unknown.send("{}")).kind, "unavailable");
  assert.deepEqual(seen, Array(5).fill("Basic c2VjcmV0"));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  assert.equal((await known.send("{}")).kind, "unavailable");
});
