/**
 * Logins while the audit has nowhere to go: none waits, none is lost, and what is not kept is counted.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startAuditedSystem } from "../support/audited-system.ts";
import type { AuditedSystem } from "../support/audited-system.ts";
import { startSlapd } from "../support/slapd.ts";
import type { Slapd } from "../support/slapd.ts";

const logins = 20;

async function logIn({ system }: AuditedSystem, { password }: Slapd): Promise<void> {
  for (let accepted = 0; accepted < logins; accepted += 1) {
    const { status, body } = await system.gateway.login({ username: "ada", password });
    assert.equal(status, 200, JSON.stringify(body));
  }
}

function kept({ system }: AuditedSystem): Promise<number> {
  return system.gateway.readMetric("drawbridge_audit_records_total", { sink: "stream", result: "kept" });
}

describe("logins while the audit's stream is away", { timeout: 170_000 }, () => {
  for (const [circumstance, capture] of [
    ["without JetStream", false],
    // Somebody listens to everything, so that no server says that nobody would answer.
    ["with a stream that never answers", true],
  ] as const) {
    test(`${circumstance}, all are answered before one record is kept, and those that are lost are counted`, async () => {
      await using slapd = await startSlapd();
      await using audited = await startAuditedSystem({
        directory: slapd,
        replicas: 1,
        jetStream: false,
        capture,
      });
      await logIn(audited, slapd);
      const { gateway } = audited.system;
      await gateway.findLog(({ msg, sink }) => msg === "audit_sink_unavailable" && sink === "stream", 20_000);
      assert.equal(await kept(audited), 0);
      if (!capture) {
        const { code, stderr } = await audited.audit();
        assert.equal(code, 75);
        assert.match(stderr, /the stream of the audit cannot be read \(no_jetstream\)/);
      }
      assert.equal((await gateway.terminate()).code, 0);
      const inFile = (await audited.fileText()).trimEnd().split("\n");
      assert.equal(inFile.filter((line) => line.includes('"act":"login"')).length, logins);
      await gateway.findLog(({ msg, count }) => msg === "audit_lost" && count === inFile.length, 5_000);
    });
  }
});

test("a file that cannot be written ends the program at its start", { timeout: 60_000 }, async () => {
  await using slapd = await startSlapd();
  await assert.rejects(
    startAuditedSystem({ directory: slapd, replicas: 0, gatewayOptions: { audit: { file: "/proc/none" } } }),
    /audit\.file: \/proc\/none cannot be written/,
  );
});
