/**
 * The audit of a whole system: one record for each login whoever answered it, readable for its readers alone, and in nobody's way.
 *
 * The programs, NATS and the directory are real; what is read is what `drawbridge audit` and `drawbridge explain` show.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { createRecordSealer } from "../../src/protocol/sealed-records.ts";
import { createProcessId } from "../../src/protocol/subjects.ts";
import { startAuditedSystem } from "../support/audited-system.ts";
import type { AuditedSystem, AuditRecord } from "../support/audited-system.ts";
import { runCli } from "../support/run-cli.ts";
import { createScratch } from "../support/scratch.ts";
import { startSlapd } from "../support/slapd.ts";
import type { Slapd } from "../support/slapd.ts";

const wrongPassword = "Not-The-Password-42";

describe("the audit of logins", { timeout: 170_000 }, () => {
  let slapd: Slapd;
  let audited: AuditedSystem;
  const owned = new AsyncDisposableStack();
  before(async () => {
    slapd = owned.use(await startSlapd({ usersMax: 3, failuresMax: 5 }));
    const scratch = owned.use(await createScratch("audit"));
    const token = randomBytes(32).toString("hex");
    const tokenFile = await scratch.write("token", token);
    audited = owned.use(
      await startAuditedSystem({
        directory: slapd,
        gatewayOptions: {
          stateKeyFiles: [await scratch.write("state.key", randomBytes(32).toString("base64"))],
          trustedProxies: ["127.0.0.0/8"],
          throttle: { addressFailures: 3, networkFailures: 1_000 },
          apiTokens: [{ name: "portal", tokenFile, may: ["users.search"] }],
        },
      }),
    );
    const searched = await audited.system.gateway.post("/v1/users/search", { text: "u" }, token);
    assert.equal(searched.status, 200);
  });
  after(() => owned[Symbol.asyncDispose]());

  async function attemptOf(username: string, password: string, forwardedFor: string): Promise<string> {
    const { body } = await audited.system.gateway.login({ username, password }, { forwardedFor });
    return String(body["attempt"]);
  }

  /** Each record of the attempt, its login's last. */
  async function recordsOf(attempt: string, count: number): Promise<readonly AuditRecord[]> {
    const records = await audited.records(count, { attempt });
    assert.equal(records.length, count);
    const isLogin = ({ act }: AuditRecord): boolean => act === "login";
    return [...records.filter((record) => !isLogin(record)), ...records.filter(isLogin)];
  }

  async function explain(attempt: string): Promise<string> {
    const { code, stdout, stderr } = await runCli(["explain", attempt, "--config", audited.readerConfig]);
    assert.equal(code, 0, stderr);
    for (const text of [slapd.password, wrongPassword, "203.0.113"])
      assert.ok(!stdout.includes(text), `${text} is in the explanation`);
    assert.doesNotMatch(stdout, /\bada\b/);
    return stdout;
  }

  test("an accepted login: one record of the gateway's, one of the connector's, joined by the attempt", async () => {
    const attempt = await attemptOf("ada", slapd.password, "203.0.113.7");
    const [verification, login] = await recordsOf(attempt, 2);
    assert.deepEqual(
      [login?.["username"], login?.["account"], login?.["address"], login?.["outcome"], login?.["source"]],
      ["ada", "ada", "203.0.113.7", "accepted", "live"],
    );
    assert.match(String(login?.["subject"]), /^[0-9a-f-]{36}$/);
    assert.equal(login?.["connector"], verification?.["replica"]);
    assert.equal(login?.["controller"], verification?.["controller"]);
    assert.equal(verification?.["ldapCode"], 0);
    assert.ok(!("username" in (verification ?? {})));
    const picture = await explain(attempt);
    assert.match(picture, /^password at corp: accepted after [\d.]+ ms, on 127\.\S+:\d+$/m);
    assert.match(picture, /search [\d.]+ ms, bind [\d.]+ ms.*result 0 success$/m);
  });

  test("a denied one has the inner reason, and no password", async () => {
    const attempt = await attemptOf("u1", wrongPassword, "203.0.113.8");
    const [verification, login] = await recordsOf(attempt, 2);
    assert.deepEqual([login?.["outcome"], login?.["reason"]], ["denied", "bad_credentials"]);
    assert.equal(verification?.["ldapCode"], 49);
    assert.match(await explain(attempt), /the bind was answered with result 49 invalidCredentials$/m);
    const unknown = await attemptOf("nobody\" by'this=name", wrongPassword, "203.0.113.8");
    const [, told] = await recordsOf(unknown, 2);
    assert.deepEqual([told?.["username"], told?.["reason"]], ["nobody\" by'this=name", "unknown_account"]);
  });

  test("a throttled one says so, and that nobody was asked", async () => {
    for (let n = 0; n < 3; n += 1) await attemptOf("u2", `${wrongPassword}${n}`, "203.0.113.9");
    const attempt = await attemptOf("u3", slapd.password, "203.0.113.9");
    const [login] = await recordsOf(attempt, 1);
    assert.deepEqual(
      [login?.["reason"], login?.["source"], login?.["throttle"], login?.["grants"]],
      ["throttled", "throttle", "address", 0],
    );
    const picture = await explain(attempt);
    assert.match(
      picture,
      /^password at corp: unavailable \(throttled\).*, by the throttle: nobody was asked$/m,
    );
    assert.match(picture, /the throttle's limit of this address was reached/);
  });

  test("what an application asked beside logins is an act of its own, with its name", async () => {
    const [operation] = (await audited.records(1, { outcome: "done" })).filter(
      ({ act }) => act === "operation",
    );
    assert.deepEqual(
      [operation?.["method"], operation?.["caller"], operation?.["query"], operation?.["reason"]],
      ["users.search", "portal", "u", "none"],
    );
  });

  test("one person's records are found by name as typed, as the directory spells it, or by id", async () => {
    const [login] = (await audited.records(1, { username: "ADA" })).filter(({ act }) => act === "login");
    const byId = await audited.records(1, { username: String(login?.["subject"]) });
    assert.deepEqual(
      byId.map(({ attempt }) => attempt),
      [login?.["attempt"]],
    );
    const { stdout, stderr, code } = await audited.audit("--username", "ada");
    assert.equal(code, 0);
    assert.equal(stderr, "");
    assert.match(stdout, /^\S+ login +corp password ada \S+ from 203\.0\.113\.7 accepted in [\d.]+ ms /m);
  });

  test("one that outlived its replica names both, and the check that was made for it", async () => {
    const { system } = audited;
    const dead = system.nextBind();
    system.controllerLine.delay(200);
    const answering = system.gateway.login(
      { username: "ada", password: slapd.password },
      { forwardedFor: "203.0.113.7" },
    );
    const { program, id } = await dead;
    await program.kill();
    system.controllerLine.heal();
    const attempt = String((await answering).body["attempt"]);
    const [verification, login] = await recordsOf(attempt, 2);
    assert.deepEqual(
      [login?.["outcome"], login?.["grants"], login?.["suspected"], login?.["silent"]],
      ["accepted", 2, true, [id]],
    );
    assert.equal(verification?.["suspected"], true);
    const picture = await explain(attempt);
    assert.match(picture, /^password at corp: accepted .*, at the 2\. replica$/m);
    assert.match(picture, /took over from a silent replica; asks the directory/);
    assert.match(picture, new RegExp(`silent over it: connector ${id}`));
    assert.match(picture, new RegExp(`not given: a last word of connector ${id}`));
  });

  test("one from the cache, and one that nobody could answer", async () => {
    for (const { program } of audited.system.replicas) await program.terminate();
    const cached = await attemptOf("ada", slapd.password, "203.0.113.7");
    const [login] = await recordsOf(cached, 1);
    assert.deepEqual(
      [login?.["outcome"], login?.["source"], login?.["cache"], login?.["account"]],
      ["accepted", "cache", "right", "ada"],
    );
    assert.match(await explain(cached), /^password at corp: accepted after [\d.]+ ms, from the cache$/m);

    const lost = await attemptOf("u3", slapd.password, "203.0.113.7");
    const [unanswered] = await recordsOf(lost, 1);
    assert.deepEqual([unanswered?.["reason"], unanswered?.["source"]], ["no_connector", "none"]);
    const picture = await explain(lost);
    assert.match(
      picture,
      /said unavailable \(no_connector\) after [\d.]+ ms, granted to nobody; the cache was asked:/,
    );
    assert.match(picture, /^ {2}do: +Are connectors running/m);
  });

  test("programs tell of their beginning and, where they were not killed, of their end", async () => {
    const acts = (await audited.records(1)).filter(({ program }) => program === "connector");
    const [killed, ended] = ["program_started", "program_stopped"].map(
      (name) => acts.filter(({ act }) => act === name).length,
    );
    assert.deepEqual([killed, ended], [2, 1]);
  });

  test("the gateway's file has the same records, for its owner alone", async () => {
    const inFile = (await audited.fileText()).trimEnd().split("\n");
    const inStream = (await audited.records(1)).filter(({ program }) => program === "gateway");
    assert.deepEqual(
      inFile.map((line) => JSON.parse(line).seq),
      inStream.map(({ seq }) => seq).toSorted((a, b) => Number(a) - Number(b)),
    );
  });

  test("no password is in any record, and on the bus nobody's name", async () => {
    const { stdout } = await audited.audit("--json");
    const everything = `${stdout}${await audited.fileText()}`;
    assert.ok(everything.includes('"username":"ada"'));
    for (const text of [slapd.password, wrongPassword]) assert.ok(!everything.includes(text), text);
    const seen = (await audited.system.capture.everything()).toString("latin1");
    assert.ok(seen.includes("drawbridge.audit.v1.gateway.corp."));
    // With its quotes: three letters alone are found in whatever is long and sealed.
    for (const text of ['"ada"', "203.0.113.7", 'nobody"', "portal", slapd.password, "bad_credentials"])
      assert.ok(!seen.includes(text), `${text} is readable on the bus`);
  });

  test("a record that a thief of a connector's credential writes is refused in the gateway's name, and shows as forged in its own", async () => {
    const thief = await audited.system.nats.connectAs("connector");
    try {
      const process = createProcessId(randomBytes);
      const text = JSON.stringify({
        v: 1,
        act: "login",
        time: new Date().toISOString(),
        username: "forged-name",
      });
      const forge = (subject: string, key: string): void =>
        thief.publish(
          subject,
          createRecordSealer(Buffer.from(key, "base64"))(subject, { process, sequence: 1, text }),
        );
      forge("drawbridge.audit.v1.gateway.corp.AA", audited.keys.connector);
      forge("drawbridge.audit.v1.connector.corp.AA", randomBytes(32).toString("base64"));
      forge("drawbridge.audit.v1.connector.corp.AA", audited.keys.gateway);
      thief.publish("drawbridge.audit.v1.connector.corp.AA", "not even sealed");
      await thief.flush();
    } finally {
      await thief.close();
    }
    for (;;) {
      const { stdout, stderr } = await audited.audit("--json");
      assert.ok(!stdout.includes("forged-name"));
      if (/^audit: 3 in the stream are forged, or sealed with a key that is not given$/m.test(stderr)) break;
    }
  });

  test("whoever has no key reads nothing", async () => {
    await using scratch = await createScratch("reader");
    const { servers, caFile, nkeyFiles } = audited.system.nats;
    const keyFile = await scratch.write("some.key", randomBytes(32).toString("base64"));
    const config = {
      nats: { servers, caFile, nkeyFile: nkeyFiles.auditor },
      audit: { reader: { gatewayKeyFiles: [keyFile] } },
    };
    const configFile = await scratch.write("reader.yaml", JSON.stringify(config));
    const { stdout, stderr } = await runCli(["audit", "--config", configFile]);
    assert.equal(stdout, "");
    assert.match(stderr, /\d+ in the stream are forged, or sealed with a key that is not given/);
  });
});
