/**
 * `drawbridge doctor` and the way between the two sides. One after the other: a doctor that poses as a stranger is one to the others.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { createNatsUser } from "../../../src/bus/nats-user.ts";
import { causesIn, findingsOf, startDoctorLab } from "../../support/doctor-lab.ts";
import type { DoctorLab } from "../../support/doctor-lab.ts";
import { startNats } from "../../support/nats-server.ts";

describe("drawbridge doctor and the other side", { timeout: 170_000 }, () => {
  let lab: DoctorLab;
  before(async () => {
    lab = await startDoctorLab({ jetStream: true });
  });
  after(() => lab[Symbol.asyncDispose]());

  async function state(): Promise<object> {
    const key = randomBytes(32).toString("base64");
    return { keyFiles: [await lab.scratch.write("state.key", `${key}\n`)] };
  }

  async function audit(): Promise<object> {
    return { stream: await state() };
  }

  test("a gateway with which nothing is wrong makes the way to a replica and back", async () => {
    const findings = await findingsOf(
      await lab.gatewayConfig({ gateway: { state: await state() }, audit: await audit() }),
    );
    assert.deepEqual(
      findings.filter(({ status }) => status !== "ok"),
      [],
    );
    assert.match(
      findings.at(-1)?.says ?? "",
      /^announced, claimed by \S{16} for 127\.\S+:636, sealed and answered in/,
    );
  });

  test("planted: a NATS user that may not do its part", async () => {
    const config = await lab.connectorConfig(lab.slapd, { nats: { nkeyFile: lab.nats.nkeyFiles.observer } });
    const findings = await findingsOf(config);
    const [missing] = findings.filter(({ problem }) => problem === "nats_permission_missing");
    assert.match(
      missing?.facts?.join("\n") ?? "",
      /not allowed for branch: answer a gateway \(publish to drawbridge\.v1\.branch/,
    );
    const [excess] = findings.filter(({ problem }) => problem === "nats_permission_excess");
    assert.match(excess?.facts?.join("\n") ?? "", /allowed: listen to everything/);

    const wrongUser = await lab.gatewayConfig({
      nats: { nkeyFile: lab.nats.nkeyFiles.auditor },
      gateway: { state: await state() },
      audit: await audit(),
    });
    const planted = await findingsOf(wrongUser);
    const factsOf = (cause: string): string =>
      planted.find(({ problem }) => problem === cause)?.facts?.join("\n") ?? "";
    const facts = factsOf("nats_permission_missing");
    for (const bucket of ["logins", "throttle", "familiar"]) {
      for (const deed of ["make the", "look at the", "read the", "read any copy of the", "write to the"])
        assert.ok(facts.includes(`not allowed for ${deed} bucket ${bucket} (publish`), `${deed} ${bucket}`);
    }
    assert.match(facts, /not allowed for add to the audit \(publish to drawbridge\.audit\.v1\.gateway/);
    assert.match(factsOf("nats_permission_excess"), /^allowed: read the audit/m);

    const stranger = await lab.connectorConfig(lab.slapd, {
      nats: { nkeyFile: await lab.scratch.write("stranger.nk", createNatsUser().seed) },
    });
    assert.deepEqual(await causesIn(stranger), ["nats_user_refused"]);
  });

  test("planted: the gateway's own certificate has expired, or belongs to another key", async () => {
    const expired = await lab.slapd.authority.issue(
      "old",
      { dns: ["login.example.test"], ip: [] },
      { sinceDays: 9, days: 2 },
    );
    const other = await lab.slapd.authority.issue("other", { dns: ["login.example.test"], ip: [] });
    const configOf = (certFile: string, keyFile: string): Promise<string> =>
      lab.gatewayConfig({ gateway: { http: { tls: { certFile, keyFile } } } });
    const { certificateFile, keyFile } = expired;
    assert.deepEqual(await causesIn(await configOf(certificateFile, keyFile)), ["certificate_expired"]);
    assert.deepEqual(await causesIn(await configOf(certificateFile, other.keyFile)), [
      "configuration_invalid",
    ]);
    assert.deepEqual(await causesIn(await configOf(other.certificateFile, other.keyFile)), []);
  });

  test("no connector, and no gateway", async () => {
    await using quiet = await startNats();
    const alone = { servers: quiet.servers, caFile: quiet.caFile };
    const nkeyFile = quiet.nkeyFiles;
    const gateway = await findingsOf(
      await lab.gatewayConfig({
        nats: { ...alone, nkeyFile: nkeyFile.gateway },
        gateway: { state: await state() },
      }),
    );
    const problems = new Set(gateway.flatMap(({ problem }) => problem ?? []));
    assert.deepEqual(problems, new Set(["nats_without_store", "no_connector"]));
    const connector = await lab.connectorConfig(lab.slapd, {
      nats: { ...alone, nkeyFile: nkeyFile.connector },
    });
    const findings = await findingsOf(connector);
    assert.deepEqual(
      findings.filter(({ status }) => status === "warning").map(({ problem }) => problem),
      ["no_gateway"],
    );
  });

  test("planted: keys that do not match, seen from either side", async () => {
    const other = lab.keys.connector("other");
    const listed = { connection: { connectorKeyFiles: [other.publicKeyFile] } };
    assert.deepEqual(await causesIn(await lab.gatewayConfig(listed)), ["key_not_pinned_here"]);
    const unlisted = { gateway: { identityKeyFile: other.keyFile } };
    assert.deepEqual(await causesIn(await lab.gatewayConfig(unlisted)), ["key_not_pinned_there"]);
    const here = { connection: { gatewayKeyFiles: [other.publicKeyFile] } };
    assert.deepEqual(await causesIn(await lab.connectorConfig(lab.samba, here)), ["key_not_pinned_here"]);
    const there = { connection: { identityKeyFile: other.keyFile } };
    assert.deepEqual(await causesIn(await lab.connectorConfig(lab.samba, there)), ["key_not_pinned_there"]);
  });
});
