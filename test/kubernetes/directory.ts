/**
 * OpenLDAP in a pod of the cluster: as many people as the load has, all with one password.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import type { ServerCertificate } from "../support/pki.ts";
import { rightPassword, serviceAccount } from "../support/people.ts";
import { slapdConfig, slapdTree, suffix } from "../support/slapd-config.ts";
import { saltedHash, uidDn } from "../support/slapd-seed.ts";
import type { Cluster } from "./cluster.ts";

const name = "directory";
const port = 6636;
const files = { certificateFile: "/files/tls.crt", keyFile: "/files/tls.key", caFile: "/files/ca.crt" };

export function directoryHost(namespace: string): string {
  return `${name}.${namespace}.svc`;
}

export async function startDirectory(
  cluster: Cluster,
  image: string,
  users: number,
  certificate: ServerCertificate,
  ca: string,
): Promise<void> {
  const config = slapdConfig({
    folder: "/data",
    tls: files,
    listedMax: undefined,
    demandsCertificate: false,
    hidden: [],
  });
  const labels = { app: name };
  const mounts = [
    { name: "files", mountPath: "/files" },
    { name: "data", mountPath: "/data" },
  ];
  const common = { image, imagePullPolicy: "IfNotPresent", volumeMounts: mounts };
  const pod = {
    securityContext: { runAsUser: 65_532, runAsGroup: 65_532, fsGroup: 65_532 },
    initContainers: [
      { ...common, name: "folder", command: ["mkdir", "-p", "/data/database"] },
      {
        ...common,
        name: "seed",
        command: ["slapadd", "-q", "-f", "/files/slapd.conf", "-l", "/files/seed.ldif"],
      },
    ],
    containers: [
      {
        ...common,
        name: "slapd",
        args: ["-d", "0", "-f", "/files/slapd.conf", "-h", `ldaps://0.0.0.0:${port}/`],
        ports: [{ containerPort: port }],
        // A pod that asks for nothing gets next to nothing beside gateways that hash.
        resources: { requests: { cpu: "300m" } },
        readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
      },
    ],
    volumes: [
      { name: "files", secret: { secretName: name } },
      { name: "data", emptyDir: {} },
    ],
  };
  await cluster.apply(
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name },
      stringData: {
        "slapd.conf": config,
        "seed.ldif": seed(users),
        "tls.crt": await readFile(certificate.certificateFile, "utf8"),
        "tls.key": await readFile(certificate.keyFile, "utf8"),
        "ca.crt": ca,
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name },
      spec: { selector: labels, ports: [{ port: 636, targetPort: port, protocol: "TCP" }] },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name },
      spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
    },
  );
  await cluster.kubectl("rollout", "status", `deployment/${name}`, "--timeout=120s");
}

/** @see RFC 2849 */
export function seed(users: number): string {
  const hash = saltedHash(rightPassword);
  const people = Array.from({ length: users }, (_, index) => person(`u${index + 1}`, hash));
  return [
    entry(suffix, { objectClass: "domain", dc: "example" }),
    ...[slapdTree.people, slapdTree.groups, slapdTree.policies].map((dn) =>
      entry(dn, { objectClass: "organizationalUnit" }),
    ),
    entry(slapdTree.policy, { objectClass: "device\nobjectClass: pwdPolicy", pwdAttribute: "userPassword" }),
    person(serviceAccount.account, saltedHash(serviceAccount.password)),
    ...people,
  ].join("\n");
}

function person(account: string, userPassword: string): string {
  return entry(uidDn(account), { objectClass: "inetOrgPerson", cn: account, sn: account, userPassword });
}

function entry(dn: string, attributes: Readonly<Record<string, string>>): string {
  const [naming = ""] = dn.split(",");
  const lines = Object.entries(attributes).map(([type, value]) => `${type}: ${value}`);
  const rdn = naming.replace("=", ": ");
  return [`dn: ${dn}`, ...lines, ...(lines.includes(rdn) ? [] : [rdn]), ""].join("\n");
}
