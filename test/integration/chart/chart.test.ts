/**
 * The chart, rendered by the real helm: what Kubernetes, old and new, would take, and what it must not be given.
 */

import assert from "node:assert/strict";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parse, stringify } from "yaml";
import { version } from "../../../src/cli/version.ts";
import { parseConfig } from "../../../src/config/load.ts";
import {
  at,
  chartFolder,
  fieldsAt,
  find,
  helm,
  listAt,
  podsOf,
  render,
  template,
} from "../../support/chart.ts";
import type { Fields, Manifest } from "../../support/chart.ts";
import { createScratch } from "../../support/scratch.ts";
import { problemsOf } from "../../support/kubernetes-schemas.ts";
import { connector, gateway, valueSets } from "./value-sets.ts";

/** What the oldest Kubernetes that the chart promises serves, of what the chart may use. */
const servedBy120 = new Set([
  "v1",
  "apps/v1",
  "autoscaling/v2beta2",
  "networking.k8s.io/v1",
  "policy/v1beta1",
]);
/** These come with what is installed beside Kubernetes, whatever its version. */
const beside = /^(monitoring\.coreos\.com|cert-manager\.io|keda\.sh|gateway\.networking\.k8s\.io)\//;

const nats = { enabled: true };

for (const [name, values] of Object.entries(valueSets)) {
  test(`for ${name}, today's Kubernetes knows every field`, async () => {
    const manifests = await render(values);
    assert.ok(manifests.length > 2);
    assert.deepEqual((await Promise.all(manifests.map(problemsOf))).flat(), []);
  });

  test(`for ${name}, Kubernetes 1.20 serves every API`, async () => {
    const manifests = await render(values, { kubeVersion: "1.20.2" });
    const unserved = manifests.filter(
      ({ apiVersion }) => !servedBy120.has(apiVersion) && !beside.test(apiVersion),
    );
    assert.deepEqual(unserved, []);
    assert.deepEqual((await Promise.all(manifests.map(problemsOf))).flat(), []);
  });

  test(`for ${name}, pods are as the level "restricted" wants them`, async () => {
    const manifests = await render(values);
    const pods = manifests.flatMap((manifest) => podsOf(manifest).map((pod) => [manifest, pod] as const));
    assert.ok(pods.length > 0);
    for (const [{ metadata }, pod] of pods) assert.deepEqual(looseEnds(pod), [], metadata.name);
  });

  test(`for ${name}, the programs accept the configuration that they get`, async () => {
    const manifests = await render(values);
    for (const { metadata, data = {} } of manifests.filter(({ kind }) => kind === "ConfigMap")) {
      for (const [file, text] of Object.entries(data)) {
        if (/^(connector|gateway)\.yaml$/.test(file)) {
          assert.doesNotThrow(() => parseConfig(parse(text), {}), metadata.name);
        }
      }
    }
  });
}

test("the chart is of the same version as the program", async () => {
  const { stdout } = await helm(["show", "chart", chartFolder]);
  assert.equal(at(parse(stdout), "appVersion"), version());
  assert.equal(at(parse(stdout), "version"), version());
});

test("helm finds nothing to complain of, with and without values", async () => {
  for (const values of [{}, ...Object.values(valueSets)]) {
    const { code, stdout } = await helm(["lint", "--strict", chartFolder, "--values", "VALUES"], values);
    assert.equal(code, 0, stdout);
  }
});

const refused: readonly (readonly [name: string, values: object, message: RegExp])[] = [
  [
    "a misspelt setting",
    withConnector({ inFlightMx: 5 }),
    /connector\/config\/connector.*additional properties 'inFlightMx' not allowed/,
  ],
  [
    "a port that is none",
    withGateway({ http: { port: 70_000 } }),
    /gateway\/config\/gateway\/http\/port.*maximum/,
  ],
  [
    "a duration without a unit",
    withConnector({ drainTimeout: "15" }),
    /drainTimeout.*does not match pattern/,
  ],
  [
    "a directory of an unknown kind",
    {
      nats,
      connector: patched(connector, ["config", "connector", "connections", "corp", "directory"], {
        preset: "nds",
      }),
    },
    /preset.*must be one of 'active-directory'/,
  ],
  [
    "a password in the values",
    {
      nats,
      connector: patched(
        connector,
        ["config", "connector", "connections", "corp", "directory", "serviceAccount"],
        { password: "secret" },
      ),
    },
    /additional properties 'password' not allowed/,
  ],
  [
    "a program without its settings",
    { nats, connector: { enabled: true } },
    /connector\/config.*missing property 'connector'/,
  ],
  [
    "the gateway's settings at the connector",
    { nats, connector: patched(connector, ["config"], { gateway: {} }) },
    /additional properties 'gateway' not allowed/,
  ],
  [
    "a secret's content in the place of its name",
    { nats, connector: patched(connector, ["secrets"], { keys: { a: "b" } }) },
    /connector\/secrets\/keys.*want string/,
  ],
  ["a misspelt value", { conector: connector }, /additional properties 'conector' not allowed/],
  ["no NATS servers", { connector }, /connector\.config\.nats\.servers: name the NATS servers/],
  [
    "two that scale",
    { nats, connector: { ...connector, autoscaling: { enabled: true }, keda: { enabled: true } } },
    /autoscaling and keda/,
  ],
  [
    "an Ingress without a host",
    { nats, gateway: { ...gateway, ingress: { enabled: true } } },
    /gateway\.ingress\.hosts: name at least one host/,
  ],
  [
    "a route that hangs on nothing",
    { nats, gateway: { ...gateway, httpRoute: { enabled: true } } },
    /gateway\.httpRoute\.parentRefs: name at least one/,
  ],
  [
    "two ways of scraping",
    { nats, gateway, monitoring: { podMonitor: { enabled: true }, serviceMonitor: { enabled: true } } },
    /would scrape everything twice/,
  ],
  ["nothing at all", {}, /nothing is enabled/],
];

for (const [name, values, message] of refused) {
  test(`${name} is refused, with its path`, async () => {
    const { code, stderr } = await template(values);
    assert.notEqual(code, 0);
    assert.match(stderr.replaceAll("\n", " "), message);
  });
}

test("a pod is given the time that its drain may take", async () => {
  for (const [drainTimeout, seconds] of [
    ["1500ms", 7],
    ["20s", 25],
    ["2m", 125],
  ] as const) {
    const pod = podOf(await render(withConnector({ drainTimeout })), "connector");
    assert.equal(pod["terminationGracePeriodSeconds"], seconds);
  }
  for (const [settings, seconds] of [
    [{}, 35],
    [{ leaveDelay: "20s", drainTimeout: "1m" }, 95],
  ] as const) {
    const values = {
      nats,
      gateway: { ...patched(gateway, ["config", "gateway"], settings), preStopSeconds: 10 },
    };
    assert.equal(podOf(await render(values), "gateway")["terminationGracePeriodSeconds"], seconds);
  }
});

test("a pod waits before it is asked to end, by the kubelet where that can and by a command where not", async () => {
  const values = { nats, gateway: { ...gateway, preStopSeconds: 5 } };
  const preStop = async (kubeVersion: string): Promise<unknown> =>
    at(podOf(await render(values, { kubeVersion }), "gateway"), "containers.0.lifecycle.preStop");
  assert.deepEqual(await preStop("1.34.0"), { sleep: { seconds: 5 } });
  assert.deepEqual(await preStop("1.20.2"), {
    exec: { command: ["node", "-e", "setTimeout(() => {}, 5000)"] },
  });
});

test("a gateway goes on for a while after it was asked to end", async () => {
  const leaveDelay = async (values: object): Promise<unknown> => {
    const { data = {} } = find(await render(values), "ConfigMap", "login-drawbridge-gateway");
    return at(parse(data["gateway.yaml"] ?? ""), "gateway.leaveDelay");
  };
  assert.equal(await leaveDelay({ nats, gateway }), "5s");
  assert.equal(await leaveDelay(withGateway({ leaveDelay: "0s" })), "0s");
});

test("pods roll when the configuration changes, and not when only their number does", async () => {
  const checksum = async (values: object): Promise<unknown> =>
    fieldsAt(
      find(await render(values), "Deployment", "login-drawbridge-connector"),
      "spec.template.metadata.annotations",
    )["checksum/config"];
  const before = await checksum(withConnector({}));
  assert.equal(await checksum({ nats, connector: { ...connector, replicas: 9 } }), before);
  assert.notEqual(await checksum(withConnector({ inFlightMax: 9 })), before);
});

test("nothing may come in at a connector but who asks for metrics and health", async () => {
  const { spec } = find(await render({ nats, connector }), "NetworkPolicy", "login-drawbridge-connector");
  assert.deepEqual(spec?.["policyTypes"], ["Ingress", "Egress"]);
  assert.deepEqual(spec?.["ingress"], [{ ports: [{ port: "ops", protocol: "TCP" }] }]);
});

test("a pod may go to the collector of traces that its settings name, and to none that they do not", async () => {
  const portsTo = async (endpoint?: string): Promise<string> => {
    const settings = endpoint === undefined ? {} : { traces: { endpoint } };
    const manifests = await render({ nats, connector: patched(connector, ["config"], settings) });
    return JSON.stringify(find(manifests, "NetworkPolicy", "login-drawbridge-connector").spec?.["egress"]);
  };
  assert.doesNotMatch(await portsTo(), /"port":(?:443|80|4318)\b/);
  assert.match(await portsTo("http://otel.monitoring.svc:4318/v1/traces"), /"port":4318\b/);
  assert.match(await portsTo("https://[2001:db8::1]/v1/traces"), /"port":443\b/);
});

test("alerts and dashboards reach the cluster as they lie in the chart's folders", async () => {
  await using scratch = await createScratch("chart");
  const folder = join(scratch.folder, "drawbridge");
  await cp(chartFolder, folder, { recursive: true });
  const dashboard = { title: "Logins", panels: [{ legendFormat: "{{ reason }}" }] };
  const group = {
    name: "probe",
    rules: [{ alert: "Probe", expr: "up == 0", annotations: { summary: "{{ $labels.pod }}" } }],
  };
  await mkdir(join(folder, "dashboards"), { recursive: true });
  await mkdir(join(folder, "rules"), { recursive: true });
  await writeFile(join(folder, "dashboards", "probe.json"), JSON.stringify(dashboard));
  await writeFile(join(folder, "rules", "probe.yaml"), stringify({ groups: [group] }));
  const manifests = await render(valueSets["Prometheus by pods, with alerts and dashboards"] ?? {}, {
    folder,
  });
  assert.deepEqual((await Promise.all(manifests.map(problemsOf))).flat(), []);
  const { metadata, data } = find(manifests, "ConfigMap", "login-drawbridge-dashboard-probe");
  assert.equal(metadata.namespace, "monitoring");
  assert.equal(metadata.labels?.["grafana_dashboard"], "1");
  assert.deepEqual(JSON.parse(data?.["probe.json"] ?? ""), dashboard);
  const groups = listAt(find(manifests, "PrometheusRule", "login-drawbridge-monitoring"), "spec.groups");
  assert.deepEqual(
    groups.find(({ name }) => name === group.name),
    group,
  );
});

test("each side has its own programs' alerts, and their runbooks where the values say", async () => {
  const runbooks = "https://wiki.example.org/drawbridge";
  const monitoring = { rules: { enabled: true, runbooks } };
  const alertsOf = async (values: object): Promise<string> => {
    const manifests = await render({ ...values, nats: { enabled: true }, monitoring });
    return JSON.stringify(find(manifests, "PrometheusRule", "login-drawbridge-monitoring"));
  };
  const [company, cloud] = [await alertsOf({ connector }), await alertsOf({ gateway })];
  assert.match(company, /"alert":"DrawbridgeConnectorAbsent"/);
  assert.doesNotMatch(company, /DrawbridgeGatewayAbsent/);
  assert.match(cloud, /"alert":"DrawbridgeGatewayAbsent"/);
  assert.doesNotMatch(cloud, /DrawbridgeConnectorAbsent/);
  for (const rules of [company, cloud]) {
    assert.ok(rules.includes(`"runbook_url":"${runbooks}/DrawbridgeBusLost.md"`));
    assert.doesNotMatch(rules, /drawbridge\.example\.com/);
  }
});

test("a misspelt field is found, and a value of the wrong type", async () => {
  const [deployment] = (await render({ nats, connector })).filter(({ kind }) => kind === "Deployment");
  assert.ok(deployment !== undefined);
  const misspelt = patched(deployment, ["spec", "template", "spec"], { terminationGracePeriod: 5 });
  assert.match(
    (await problemsOf(misspelt)).join(),
    /no schema knows Deployment\.spec\.template\.spec\.terminationGracePeriod/,
  );
  const wrong = patched(deployment, ["spec"], { replicas: "three" });
  assert.match((await problemsOf(wrong)).join(), /spec\/replicas|spec\.replicas/);
});

function withConnector(settings: object): object {
  return { nats, connector: patched(connector, ["config", "connector"], settings) };
}

function withGateway(settings: object): object {
  return { nats, gateway: patched(gateway, ["config", "gateway"], settings) };
}

/** A copy, with more fields at that place. */
function patched<T extends object>(whole: T, path: readonly string[], fields: object): T {
  const copy = structuredClone(whole);
  Object.assign(at(copy, path.join(".")) ?? {}, fields);
  return copy;
}

function podOf(manifests: readonly Manifest[], component: string): Fields {
  const [pod] = podsOf(find(manifests, "Deployment", `login-drawbridge-${component}`));
  assert.ok(pod !== undefined);
  return pod;
}

/** @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
function looseEnds(pod: Fields): readonly string[] {
  const wanted = [
    [["hostNetwork", "hostPID", "hostIPC"].every((key) => pod[key] === undefined), "host namespaces"],
    [listAt(pod, "volumes").flatMap(Object.keys).every(isHarmlessVolume), "volumes"],
    [at(pod, "securityContext.seccompProfile.type") === "RuntimeDefault", "seccompProfile"],
    [at(pod, "securityContext.runAsNonRoot") === true, "runAsNonRoot"],
    [Number(at(pod, "securityContext.runAsUser")) > 0, "runAsUser"],
    [pod["automountServiceAccountToken"] === false, "automountServiceAccountToken"],
  ] as const;
  const containers = [...listAt(pod, "containers"), ...listAt(pod, "initContainers")];
  assert.ok(containers.length > 0);
  return [
    ...wanted.flatMap(([isSo, what]) => (isSo ? [] : [what])),
    ...containers.flatMap(looseEndsOfContainer),
  ];
}

function looseEndsOfContainer(container: Fields): readonly string[] {
  const context = fieldsAt(container, "securityContext");
  const wanted = [
    [context["allowPrivilegeEscalation"] === false, "allowPrivilegeEscalation"],
    [context["readOnlyRootFilesystem"] === true, "readOnlyRootFilesystem"],
    [context["privileged"] === undefined, "privileged"],
    [JSON.stringify(context["capabilities"]) === '{"drop":["ALL"]}', "capabilities"],
    [listAt(container, "ports").every(({ hostPort }) => hostPort === undefined), "hostPort"],
  ] as const;
  return wanted.flatMap(([isSo, what]) => (isSo ? [] : [`${String(container["name"])}: ${what}`]));
}

function isHarmlessVolume(kind: string): boolean {
  return ["name", "configMap", "secret", "emptyDir", "projected", "persistentVolumeClaim"].includes(kind);
}
