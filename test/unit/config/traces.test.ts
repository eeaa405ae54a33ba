/**
 * The settings of traces: where nothing is sent to by mistake, and from whom a trace goes on.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, parseConfig } from "../../../src/config/load.ts";
import type { Config } from "../../../src/config/schema.ts";
import { readSecrets } from "../../../src/config/secrets.ts";
import { createScratch } from "../../support/scratch.ts";

const endpoint = "https://collector.example.test:4318/v1/traces";

function configured(traces: object | undefined): Config {
  const nats = { servers: ["tls://nats-1.example.test:4222"] };
  return parseConfig({ nats, ...(traces && { traces }) }, {});
}

test("without the section there are none; with it, everything is traced and nobody's word on a trace counts", () => {
  assert.equal(configured(undefined).traces, undefined);
  assert.deepEqual(configured({ endpoint }).traces, {
    endpoint,
    headers: [],
    ratio: 1,
    acceptParentFrom: [],
    waitingMax: 4_096,
    timeout: 5_000,
  });
});

test("what is no place to send spans to, no share and no network is refused", () => {
  for (const [setting, wrong] of Object.entries({
    endpoint: ["collector:4318", "grpc://collector:4317", "https://user:secret@collector/v1/traces", ""],
    ratio: [-0.1, 1.1, "half"],
    acceptParentFrom: [["portal.example.test"], ["10.0.0.0/33"]],
    headers: [[{ name: "Bad header", valueFile: "value" }], [{ name: "Authorization", value: "secret" }]],
  }))
    for (const value of wrong)
      assert.throws(
        () => configured({ endpoint, [setting]: value }),
        (error) =>
          error instanceof ConfigError && error.problems[0]?.path.startsWith(`traces.${setting}`) === true,
        `${setting}: ${JSON.stringify(value)}`,
      );
});

test("what headers say stands in files", async () => {
  await using scratch = await createScratch("traces");
  const valueFile = await scratch.write("value", "Basic c2VjcmV0\n");
  const headers = [{ name: "Authorization", valueFile }];
  const { traces } = readSecrets(configured({ endpoint, headers }));
  assert.deepEqual(
    traces?.headers.map((header) => header.reveal()),
    ["Basic c2VjcmV0"],
  );
});
