/**
 * `drawbridge doctor` and a directory: it names the cause of what is broken, and of nothing else.
 */

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { after, before, describe, test } from "node:test";
import { Attribute } from "ldapts";
import type { Finding } from "../../../src/cli/doctor/finding.ts";
import { createCertificateAuthority } from "../../support/certificate-authority.ts";
import { startDnsServer } from "../../support/dns-server.ts";
import { causesIn, findingsOf, startDoctorLab } from "../../support/doctor-lab.ts";
import type { DoctorLab } from "../../support/doctor-lab.ts";
import { addFineGrainedPolicy } from "../../support/fine-grained-policy.ts";
import { keytabOf } from "../../support/kerberos-key.ts";
import { readValues } from "../../support/ldap-client.ts";
import { findFreeAddress } from "../../support/loopback.ts";
import { createAuthority } from "../../support/pki.ts";
import { shiftedClock } from "../../support/shifted-clock.ts";
import { runCli } from "../../support/run-cli.ts";
import { startSamba } from "../../support/samba.ts";
import { startSlapd } from "../../support/slapd.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";

describe("drawbridge doctor and a directory", { timeout: 170_000, concurrency: 4 }, () => {
  let lab: DoctorLab;
  before(async () => {
    lab = await startDoctorLab();
  });
  after(() => lab[Symbol.asyncDispose]());

  test("a connector of Active Directory with which nothing is wrong", async () => {
    const findings = await findingsOf(await lab.connectorConfig(lab.samba), "ada");
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
      new RegExp(`^CN=\\S+, signed by CN=Drawbridge test, .* for .*IP Address:${lab.samba.address}`),
    );
  });

  test("a connector of OpenLDAP, by LDAPS and StartTLS, with which nothing is wrong", async () => {
    const controllers = [lab.slapd.url, lab.slapd.startTlsUrl];
    const config = await lab.connectorConfig(lab.slapd, { directory: { controllers, startTls: true } });
    const findings = await findingsOf(config);
    const rest = findings.filter(({ status }) => status !== "ok").map(({ says }) => says);
    assert.deepEqual(new Set(rest), new Set(["this directory does not tell the time"]));
    const loggedIn = findings
      .filter(({ check }) => check === "service account")
      .map(({ subject }) => subject);
    assert.deepEqual(loggedIn, [`${lab.slapd.address}:636`, `${lab.slapd.address}:389`]);
  });

  test("planted: the service account's password is wrong; it is sent once, whatever there is to try", async () => {
    // An account that nobody else uses: a right password would take the count back.
    const name = lab.slapd.distinguishedName("grace");
    const passwordFile = await lab.scratch.write("wrong-password", "not-it");
    const second = await startTcpProxy({
      host: lab.slapd.address,
      target: { host: lab.slapd.address, port: 636 },
    });
    const controllers = [lab.slapd.url, `ldaps://${lab.slapd.address}:${second.port}`];
    const change = { controllers, serviceAccount: { name, passwordFile } };
    const config = await lab.connectorConfig(lab.slapd, { directory: change });
    assert.deepEqual(await causesIn(config), ["service_password_wrong"]);
    await second[Symbol.asyncDispose]();
    assert.equal((await lab.slapd.failureTimes("grace")).length, 1);
  });

  test("planted: the authority's certificate has expired", async () => {
    const authority = await createAuthority(lab.scratch.folder, { sinceDays: 20, days: 10 });
    const address = await findFreeAddress([636]);
    const { certificateFile, keyFile } = await authority.issue(
      "expired",
      { dns: [], ip: [address] },
      { sinceDays: 12, days: 30 },
    );
    const server = createServer(
      { cert: readFileSync(certificateFile), key: readFileSync(keyFile) },
      (inner) => {
        const outer = connect({ host: lab.slapd.address, port: 636, ca: lab.slapd.ca });
        for (const one of [inner, outer]) one.on("error", () => {});
        inner.pipe(outer).pipe(inner);
      },
    );
    await new Promise<void>((resolve) => server.listen(636, address, resolve));
    const change = { controllers: [`ldaps://${address}`], caFile: authority.caFile };
    assert.deepEqual(await causesIn(await lab.connectorConfig(lab.slapd, { directory: change })), [
      "ca_expired",
    ]);
    server.close();
  });

  test("planted: the host name is not in the certificate", async () => {
    const host = await findFreeAddress([636]);
    await using proxy = await startTcpProxy({
      host,
      port: 636,
      target: { host: lab.slapd.address, port: 636 },
    });
    const config = await lab.connectorConfig(lab.slapd, {
      directory: { controllers: [`ldaps://${proxy.host}`] },
    });
    assert.deepEqual(await causesIn(config), ["host_name_not_in_certificate"]);
  });

  test("planted: another authority signed the certificate", async () => {
    const config = await lab.connectorConfig(lab.slapd, { directory: { caFile: lab.samba.caFile } });
    assert.deepEqual(await causesIn(config), ["unknown_ca"]);
  });

  test("planted: DNS has no SRV records", async () => {
    await using dns = await startDnsServer(() => ({ code: 3 }));
    const discovery = { domain: "example.test", nameServers: [dns.address] };
    const config = await lab.connectorConfig(lab.samba, { directory: { controllers: [], discovery } });
    assert.deepEqual(await causesIn(config), ["dns_no_records"]);
  });

  test("planted: a port that is closed, and one behind which nothing answers", async () => {
    const address = await findFreeAddress([636]);
    const closed = await lab.connectorConfig(lab.slapd, {
      directory: { controllers: [`ldaps://${address}`] },
    });
    assert.deepEqual(await causesIn(closed), ["port_refused"]);
    await using proxy = await startTcpProxy({
      host: lab.slapd.address,
      target: { host: lab.slapd.address, port: 636 },
    });
    proxy.blackHole();
    const controllers = [`ldaps://${proxy.host}:${proxy.port}`];
    assert.deepEqual(await causesIn(await lab.connectorConfig(lab.slapd, { directory: { controllers } })), [
      "tls_silent",
    ]);
  });

  test("planted: the failure times of people may not be read", async () => {
    await using hidden = await startSlapd({ hidden: ["pwdFailureTime"] });
    assert.deepEqual(await causesIn(await lab.connectorConfig(hidden)), ["failure_time_hidden"]);
  });

  const policies = [
    { who: "only administrators", more: {}, causes: ["fine_grained_policy_hidden"] },
    { who: "everybody", more: { isPublic: true }, causes: [] },
  ];
  for (const { who, more, causes } of policies)
    test(`${causes.length === 0 ? "fine" : "planted"}: a fine-grained password policy that ${who} may read`, async () => {
      await using samba = await startSamba();
      await samba.asAdministrator((client) =>
        addFineGrainedPolicy(client, samba, {
          name: "strict",
          precedence: 10,
          threshold: 3,
          appliesTo: [samba.distinguishedName("ada")],
          ...more,
        }),
      );
      const findings = await findingsOf(await lab.connectorConfig(samba));
      const problems = findings.flatMap(({ problem }) => problem ?? []);
      assert.deepEqual(problems, causes);
    });

  test("planted: the clock is off", async () => {
    const config = await lab.connectorConfig(lab.samba);
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

  test("planted: a base DN that is not there", async () => {
    for (const directory of [lab.samba, lab.slapd]) {
      const config = await lab.connectorConfig(directory, {
        directory: { baseDn: "ou=nowhere,dc=example,dc=test" },
      });
      assert.deepEqual(await causesIn(config), ["base_unknown"]);
    }
  });

  test("planted: two entries that a name matches, and none", async () => {
    await lab.slapd.asAdministrator(async (client) => {
      for (const account of ["twin1", "twin2"]) {
        const entry = { objectClass: "inetOrgPerson", cn: account, sn: account, mail: "twin@example.test" };
        await client.add(`uid=${account},${lab.slapd.peopleDn}`, entry);
      }
    });
    const config = await lab.connectorConfig(lab.slapd);
    assert.deepEqual(await causesIn(config, "twin@example.test"), ["name_ambiguous"]);
    assert.deepEqual(await causesIn(config, "nobody"), ["name_unknown"]);
  });

  test("planted: nobody can say which client certificates are revoked", async () => {
    const root = await createCertificateAuthority(lab.scratch.folder);
    const caFile = root.certificateFile;
    const causesWith = async (revocation: object): Promise<readonly string[]> => {
      const certificates = { caFile, revocation };
      return causesIn(await lab.connectorConfig(lab.slapd, { connection: { certificates } }));
    };
    const nobody = await findFreeAddress([80]);
    assert.deepEqual(await causesWith({ crlFiles: [await root.list()] }), []);
    assert.deepEqual(await causesWith({}), ["revocation_unanswerable"]);
    const outdated = await root.list({ madeDaysAgo: 5 });
    assert.deepEqual(await causesWith({ crlFiles: [outdated] }), ["revocation_list_outdated"]);
    assert.deepEqual(await causesWith({ hosts: [nobody] }), ["revocation_host_unreachable"]);
  });

  test("planted: a keytab with an old key, or for another service", async () => {
    const service = "HTTP/doctor.example.test";
    const name = `CN=svc-doctor,CN=Users,${lab.samba.baseDn}`;
    const version = await lab.samba.asAdministrator(async (client) => {
      await client.add(name, [
        ...Object.entries({
          objectClass: "user",
          sAMAccountName: "svc-doctor",
          servicePrincipalName: service,
          userAccountControl: "66048",
        }).map(([type, value]) => new Attribute({ type, values: [value] })),
        new Attribute({ type: "unicodePwd", values: [Buffer.from('"Keyed-Portcullis-9"', "utf16le")] }),
      ]);
      return Number((await readValues(client, name, "msDS-KeyVersionNumber"))[0]);
    });
    const causesWith = async (key: { readonly service: string; readonly version: number }) => {
      const keytabFile = join(lab.scratch.folder, `${key.version}.keytab`);
      const common = {
        realm: "EXAMPLE.TEST",
        password: "Keyed-Portcullis-9",
        salt: "EXAMPLE.TESTsvc-doctor",
      };
      writeFileSync(keytabFile, keytabOf([{ ...common, ...key }]));
      const realms = { "EXAMPLE.TEST": "example.test" };
      const kerberos = { keytabFile, realms, replays: { whenUnknown: "accept" } };
      return causesIn(await lab.connectorConfig(lab.samba, { connection: { kerberos } }));
    };
    assert.deepEqual(await causesWith({ service, version }), []);
    assert.deepEqual(await causesWith({ service, version: version + 1 }), ["keytab_outdated"]);
    const unknown = { service: "HTTP/elsewhere.example.test", version };
    assert.deepEqual(await causesWith(unknown), ["keytab_service_unknown"]);
  });

  test("what cannot be read stops nothing else, and is the exit code", async () => {
    const serviceAccount = {
      name: lab.samba.serviceAccount.name,
      passwordFile: join(lab.scratch.folder, "missing"),
    };
    const config = await lab.connectorConfig(lab.samba, { directory: { serviceAccount } });
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

  test("a configuration that does not load is all that is said, and its name is not in the bundle", async () => {
    const bundleFile = join(lab.scratch.folder, "unloaded.json");
    const missing = join(lab.scratch.folder, "no-such.yaml");
    const { code, stdout } = await runCli(["doctor", "--config", missing, "--bundle", bundleFile]);
    assert.equal(code, 78);
    assert.match(stdout, /· \S+no-such\.yaml cannot be read \(ENOENT\)$/m);
    assert.ok(!readFileSync(bundleFile, "utf8").includes("no-such"));
  });

  test("a support bundle has no secret, no person, no distinguished name and no file in it", async () => {
    const passwordFile = await lab.scratch.write("another-wrong-password", "Not-the-Portcullis");
    const config = await lab.connectorConfig(lab.samba, {
      directory: { serviceAccount: { name: `CN=somebody else,${lab.samba.baseDn}`, passwordFile } },
    });
    const bundleFile = join(lab.scratch.folder, "bundle.json");
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
      lab.samba.baseDn,
      "ada",
      lab.scratch.folder,
      lab.samba.serviceAccount.passwordFile,
      "PRIVATE KEY",
      readFileSync(lab.nats.nkeyFiles.connector, "utf8"),
    ]) {
      assert.ok(!bundle.toLowerCase().includes(hidden.toLowerCase()), hidden);
    }
    const { settings, findings } = JSON.parse(bundle);
    assert.equal(settings.connector.connections.corp.directory.baseDn, "[redacted]");
    assert.deepEqual(settings.connector.connections.corp.directory.controllers, [lab.samba.url]);
    assert.ok(findings.some(({ problem }: Finding) => problem === "service_password_wrong"));
  });
});
