/**
 * `drawbridge doctor` names the cause of what is broken, and of nothing else.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { after, before, describe, test } from "node:test";
import { diagnose } from "../../../src/cli/doctor/doctor.ts";
import type { Finding } from "../../../src/cli/doctor/finding.ts";
import { startDnsServer } from "../../support/dns-server.ts";
import { startConnector, startGateway } from "../../support/drawbridge.ts";
import { createIdentityKeys } from "../../support/identity-keys.ts";
import type { IdentityKeys } from "../../support/identity-keys.ts";
import type { LabDirectory } from "../../support/lab-directory.ts";
import { findFreeAddress } from "../../support/loopback.ts";
import { startNats } from "../../support/nats-server.ts";
import type { Nats } from "../../support/nats-server.ts";
import { createAuthority } from "../../support/pki.ts";
import { shiftedClock } from "../../support/program.ts";
import { runCli } from "../../support/run-cli.ts";
import { startSamba } from "../../support/samba.ts";
import type { Samba } from "../../support/samba.ts";
import { createScratch } from "../../support/scratch.ts";
import type { Scratch } from "../../support/scratch.ts";
import { startSlapd } from "../../support/slapd.ts";
import type { Slapd } from "../../support/slapd.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";

describe("drawbridge doctor", { timeout: 170_000 }, () => {
  let nats: Nats;
  let samba: Samba;
  let slapd: Slapd;
  let scratch: Scratch;
  let keys: IdentityKeys;
  let servers: AsyncDisposableStack;
  let files = 0;

  before(async () => {
    await using starting = new AsyncDisposableStack();
    scratch = starting.use(await createScratch("doctor"));
    keys = await createIdentityKeys(scratch.folder, ["corp", "branch", "other"]);
    nats = starting.use(await startNats());
    samba = starting.use(await startSamba());
    slapd = starting.use(await startSlapd());
    const wire = { nats, keys };
    starting.use(
      await startConnector({
        ...wire,
        connections: { corp: { directory: samba }, branch: { directory: slapd } },
      }),
    );
    starting.use(await startGateway({ ...wire, connections: ["corp", "branch"] }));
    servers = starting.move();
  });
  after(() => servers[Symbol.asyncDispose]());

  interface Settings {
    readonly directory?: object;
    readonly nats?: object;
    readonly connection?: object;
    readonly gateway?: object;
  }

  function common(role: "connector" | "gateway", more: object = {}): object {
    return { nats: { servers: nats.servers, caFile: nats.caFile, nkeyFile: nats.nkeyFiles[role], ...more } };
  }

  function write(settings: object): Promise<string> {
    files += 1;
    return scratch.write(`drawbridge-${files}.yaml`, JSON.stringify(settings));
  }

  function connectorConfig(lab: LabDirectory, change: Settings = {}): Promise<string> {
    const directory = {
      preset: lab.preset,
      controllers: [lab.url],
      caFile: lab.caFile,
      baseDn: lab.baseDn,
      ...(lab.domain === undefined ? {} : { domain: lab.domain }),
      serviceAccount: { name: lab.serviceAccount.name, passwordFile: lab.serviceAccount.passwordFile },
      connectTimeout: "1s",
      ...change.directory,
    };
    const connection = lab.preset === "openldap" ? "branch" : "corp";
    const identity = {
      identityKeyFile: keys.connector(connection).keyFile,
      gatewayKeyFiles: [keys.gateway.publicKeyFile],
      ...change.connection,
    };
    return write({
      ...common("connector", change.nats),
      connector: { connections: { [connection]: { ...identity, directory } } },
    });
  }

  function gatewayConfig(change: Settings = {}): Promise<string> {
    const connections = {
      corp: { connectorKeyFiles: [keys.connector("corp").publicKeyFile], ...change.connection },
    };
    const gateway = { identityKeyFile: keys.gateway.keyFile, connections, ...change.gateway };
    return write({ ...common("gateway", change.nats), gateway });
  }

  async function findingsOf(configFile: string, user?: string): Promise<readonly Finding[]> {
    const findings: Finding[] = [];
    await diagnose({ configFile, connection: undefined, user }, (more) => findings.push(...more));
    return findings;
  }

  /** What is wrong, each cause once. */
  async function causesIn(configFile: string, user?: string): Promise<readonly string[]> {
    const findings = await findingsOf(configFile, user);
    const wrong = findings.filter(({ status }) => status === "wrong");
    return [...new Set(wrong.map(({ problem }) => problem ?? ""))].toSorted();
  }

  describe("one fault at a time", { concurrency: 4 }, () => {
    test("a connector of Active Directory with which nothing is wrong", async () => {
      const findings = await findingsOf(await connectorConfig(samba), "ada");
      assert.deepEqual(
        findings.filter(({ status }) => status !== "ok").map(({ check, says }) => [check, says]),
        [],
      );
      const checks = new Set(findings.map(({ check }) => check));
      for (const check of [
        "clock",
        "certificate",
        "service account",
        "base DN",
        "lockout",
        "people",
        "groups",
      ] as const)
        assert.ok(checks.has(check), check);
      const chain = findings.find(({ check }) => check === "certificate")?.facts ?? [];
      assert.match(
        chain[0] ?? "",
        new RegExp(`^CN=\\S+, signed by CN=Drawbridge test, .* for .*IP Address:${samba.address}`),
      );
    });

    test("a connector of OpenLDAP, by LDAPS and StartTLS, with which nothing is wrong", async () => {
      const controllers = [slapd.url, slapd.startTlsUrl];
      const config = await connectorConfig(slapd, { directory: { controllers, startTls: true } });
      const findings = await findingsOf(config);
      const rest = findings.filter(({ status }) => status !== "ok").map(({ says }) => says);
      assert.deepEqual(new Set(rest), new Set(["this directory does not tell the time"]));
      const loggedIn = findings
        .filter(({ check }) => check === "service account")
        .map(({ subject }) => subject);
      assert.deepEqual(loggedIn, [`${slapd.address}:636`, `${slapd.address}:389`]);
    });

    test("a gateway with which nothing is wrong makes the way to a replica and back", async () => {
      const findings = await findingsOf(await gatewayConfig());
      assert.deepEqual(
        findings.filter(({ status }) => status !== "ok"),
        [],
      );
      assert.match(
        findings.at(-1)?.says ?? "",
        /^announced, claimed by \S{16} for 127\.\S+:636, sealed and answered in/,
      );
    });

    test("planted: the service account's password is wrong; it is sent once, whatever there is to try", async () => {
      // An account that nobody else uses: a right password would take the count back.
      const name = slapd.distinguishedName("grace");
      const passwordFile = await scratch.write("wrong-password", "not-it");
      const second = await startTcpProxy({ host: slapd.address, target: { host: slapd.address, port: 636 } });
      const controllers = [slapd.url, `ldaps://${slapd.address}:${second.port}`];
      const change = { controllers, serviceAccount: { name, passwordFile } };
      const config = await connectorConfig(slapd, { directory: change });
      assert.deepEqual(await causesIn(config), ["service_password_wrong"]);
      await second[Symbol.asyncDispose]();
      assert.equal((await slapd.failureTimes("grace")).length, 1);
    });

    test("planted: the authority's certificate has expired", async () => {
      const authority = await createAuthority(scratch.folder, { sinceDays: 20, days: 10 });
      const address = await findFreeAddress([636]);
      const { certificateFile, keyFile } = await authority.issue(
        "expired",
        { dns: [], ip: [address] },
        { sinceDays: 12, days: 30 },
      );
      const server = createServer(
        { cert: readFileSync(certificateFile), key: readFileSync(keyFile) },
        (inner) => {
          const outer = connect({ host: slapd.address, port: 636, ca: slapd.ca });
          for (const one of [inner, outer]) one.on("error", () => {});
          inner.pipe(outer).pipe(inner);
        },
      );
      await new Promise<void>((resolve) => server.listen(636, address, resolve));
      const change = { controllers: [`ldaps://${address}`], caFile: authority.caFile };
      assert.deepEqual(await causesIn(await connectorConfig(slapd, { directory: change })), ["ca_expired"]);
      server.close();
    });

    test("planted: the host name is not in the certificate", async () => {
      const host = await findFreeAddress([636]);
      await using proxy = await startTcpProxy({
        host,
        port: 636,
        target: { host: slapd.address, port: 636 },
      });
      const config = await connectorConfig(slapd, { directory: { controllers: [`ldaps://${proxy.host}`] } });
      assert.deepEqual(await causesIn(config), ["host_name_not_in_certificate"]);
    });

    test("planted: another authority signed the certificate", async () => {
      const config = await connectorConfig(slapd, { directory: { caFile: samba.caFile } });
      assert.deepEqual(await causesIn(config), ["unknown_ca"]);
    });

    test("planted: DNS has no SRV records", async () => {
      await using dns = await startDnsServer(() => ({ code: 3 }));
      const discovery = { domain: "example.test", nameServers: [dns.address] };
      const config = await connectorConfig(samba, { directory: { controllers: [], discovery } });
      assert.deepEqual(await causesIn(config), ["dns_no_records"]);
    });

    test("planted: a port that is closed, and one behind which nothing answers", async () => {
      const address = await findFreeAddress([636]);
      const closed = await connectorConfig(slapd, { directory: { controllers: [`ldaps://${address}`] } });
      assert.deepEqual(await causesIn(closed), ["port_refused"]);
      await using proxy = await startTcpProxy({
        host: slapd.address,
        target: { host: slapd.address, port: 636 },
      });
      proxy.blackHole();
      const controllers = [`ldaps://${proxy.host}:${proxy.port}`];
      assert.deepEqual(await causesIn(await connectorConfig(slapd, { directory: { controllers } })), [
        "tls_silent",
      ]);
    });

    test("planted: the failure times of people may not be read", async () => {
      await using hidden = await startSlapd({ hidden: ["pwdFailureTime"] });
      assert.deepEqual(await causesIn(await connectorConfig(hidden)), ["failure_time_hidden"]);
    });

    test("planted: the clock is off", async () => {
      const config = await connectorConfig(samba);
      const { code, stdout, stderr } = await runCli(["doctor", "--config", config, "--json"], {
        env: { ...shiftedClock(600) },
      });
      assert.equal(code, 1, stderr);
      const { isFine, findings } = JSON.parse(stdout);
      assert.equal(isFine, false);
      const wrong = findings.filter(({ status }: Finding) => status === "wrong");
      assert.deepEqual(
        wrong.map(({ problem, says }: Finding) => [problem, says]),
        [["clock_off", "this machine's clock is 10 minutes ahead of the controller's"]],
      );
    });

    test("planted: a NATS user that may not do its part", async () => {
      const config = await connectorConfig(slapd, { nats: { nkeyFile: nats.nkeyFiles.observer } });
      const findings = await findingsOf(config);
      const [missing] = findings.filter(({ problem }) => problem === "nats_permission_missing");
      assert.match(
        missing?.facts?.join("\n") ?? "",
        /not allowed for branch: answer a gateway \(publish to drawbridge\.v1\.branch/,
      );
      const [excess] = findings.filter(({ problem }) => problem === "nats_permission_excess");
      assert.match(excess?.facts?.join("\n") ?? "", /allowed: listen to everything/);
      const stranger = await connectorConfig(slapd, { nats: { nkeyFile: await strangersKey() } });
      assert.deepEqual(await causesIn(stranger), ["nats_user_refused"]);
    });

    test("planted: a base DN that is not there", async () => {
      for (const lab of [samba, slapd]) {
        const config = await connectorConfig(lab, { directory: { baseDn: "ou=nowhere,dc=example,dc=test" } });
        assert.deepEqual(await causesIn(config), ["base_unknown"]);
      }
    });

    test("planted: two entries that a name matches, and none", async () => {
      await slapd.asAdministrator(async (client) => {
        for (const account of ["twin1", "twin2"]) {
          const entry = { objectClass: "inetOrgPerson", cn: account, sn: account, mail: "twin@example.test" };
          await client.add(`uid=${account},${slapd.peopleDn}`, entry);
        }
      });
      const config = await connectorConfig(slapd);
      assert.deepEqual(await causesIn(config, "twin@example.test"), ["name_ambiguous"]);
      assert.deepEqual(await causesIn(config, "nobody"), ["name_unknown"]);
    });

    test("planted: the gateway's own certificate has expired, or belongs to another key", async () => {
      const expired = await slapd.authority.issue(
        "old",
        { dns: ["login.example.test"], ip: [] },
        { sinceDays: 9, days: 2 },
      );
      const other = await slapd.authority.issue("other", { dns: ["login.example.test"], ip: [] });
      const configOf = (certFile: string, keyFile: string): Promise<string> =>
        gatewayConfig({ gateway: { http: { tls: { certFile, keyFile } } } });
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
      const gateway = await gatewayConfig({ nats: { ...alone, nkeyFile: nkeyFile.gateway } });
      assert.deepEqual(await causesIn(gateway), ["no_connector"]);
      const connector = await connectorConfig(slapd, { nats: { ...alone, nkeyFile: nkeyFile.connector } });
      const findings = await findingsOf(connector);
      assert.deepEqual(
        findings.filter(({ status }) => status === "warning").map(({ problem }) => problem),
        ["no_gateway"],
      );
    });

    test("what cannot be read stops nothing else, and is the exit code", async () => {
      const serviceAccount = {
        name: samba.serviceAccount.name,
        passwordFile: join(scratch.folder, "missing"),
      };
      const config = await connectorConfig(samba, { directory: { serviceAccount } });
      const { code, stdout } = await runCli(["doctor", "--config", config]);
      assert.equal(code, 78);
      assert.match(
        stdout,
        /^WRONG +configuration +connector\.connections\.corp\.directory\.serviceAccount\.passwordFile: cannot be used$/m,
      );
      assert.match(stdout, /^ok +certificate +127\.\S+:636: believed, TLSv1\.3$/m);
      assert.match(stdout, /^ok +keys +corp, gateway \S{16}: both sides know each other's keys$/m);
      assert.match(stdout, /^Wrong: 1; warnings: 0, not looked at: 5\.$/m);
    });

    test("a support bundle has no secret, no person, no distinguished name and no file in it", async () => {
      const passwordFile = await scratch.write("another-wrong-password", "Not-the-Portcullis");
      const config = await connectorConfig(samba, {
        directory: { serviceAccount: { name: `CN=somebody else,${samba.baseDn}`, passwordFile } },
      });
      const bundleFile = join(scratch.folder, "bundle.json");
      const { code } = await runCli([
        "doctor",
        "--config",
        config,
        "--bundle",
        bundleFile,
        "--user",
        "ada@example.test",
      ]);
      assert.equal(code, 1);
      const bundle = readFileSync(bundleFile, "utf8");
      for (const hidden of [
        "Not-the-Portcullis",
        "somebody else",
        samba.baseDn,
        "ada",
        scratch.folder,
        samba.serviceAccount.passwordFile,
        "PRIVATE KEY",
        readFileSync(nats.nkeyFiles.connector, "utf8"),
      ]) {
        assert.ok(!bundle.toLowerCase().includes(hidden.toLowerCase()), hidden);
      }
      const { settings, findings } = JSON.parse(bundle);
      assert.equal(settings.connector.connections.corp.directory.baseDn, "[redacted]");
      assert.deepEqual(settings.connector.connections.corp.directory.controllers, [samba.url]);
      assert.ok(findings.some(({ problem }: Finding) => problem === "service_password_wrong"));
    });
  });

  // By itself: a doctor that poses as a stranger is one to the others.
  test("planted: keys that do not match, seen from either side", async () => {
    const other = keys.connector("other");
    const listed = { connection: { connectorKeyFiles: [other.publicKeyFile] } };
    assert.deepEqual(await causesIn(await gatewayConfig(listed)), ["key_not_pinned_here"]);
    const unlisted = { gateway: { identityKeyFile: other.keyFile } };
    assert.deepEqual(await causesIn(await gatewayConfig(unlisted)), ["key_not_pinned_there"]);
    const here = { connection: { gatewayKeyFiles: [other.publicKeyFile] } };
    assert.deepEqual(await causesIn(await connectorConfig(samba, here)), ["key_not_pinned_here"]);
    const there = { connection: { identityKeyFile: other.keyFile } };
    assert.deepEqual(await causesIn(await connectorConfig(samba, there)), ["key_not_pinned_there"]);
  });

  async function strangersKey(): Promise<string> {
    const { createNatsUser } = await import("../../../src/bus/nats-user.ts");
    return scratch.write("stranger.nk", createNatsUser().seed);
  }
});
