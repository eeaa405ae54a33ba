/**
 * `values.schema.json` of the chart: its own values, and the programs' settings from the schema that checks them at their start.
 *
 * What a JSON Schema cannot say, such as the bounds of a duration, only the program itself checks.
 *
 * @module
 */

import { z } from "zod";
import { configSchema } from "../../src/config/schema.ts";

const text = z.string();
const flag = z.boolean();
const count = z.int().min(0);
/** Handed on to Kubernetes as they are. */
const passed = z.record(z.string(), z.unknown());
const passedList = z.array(passed);
const texts = z.record(z.string(), z.string());
const portion = z.union([count, z.string().regex(/^\d{1,3}%$/)]);
/** A folder is a volume's name, too. */
const folders = z.record(z.string().regex(/^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$/), z.string().min(1));

const image = z.strictObject({
  repository: z.string().min(1),
  tag: text,
  digest: z.string().regex(/^(sha256:[0-9a-f]{64})?$/),
  pullPolicy: z.enum(["Always", "IfNotPresent", "Never"]),
});

const spread = z.strictObject({
  enabled: flag,
  topologyKeys: z.array(z.string().min(1)),
  whenUnsatisfiable: z.enum(["ScheduleAnyway", "DoNotSchedule"]),
});

const placement = {
  spread,
  affinity: passed,
  nodeSelector: texts,
  tolerations: passedList,
  priorityClassName: text,
  podAnnotations: texts,
  podLabels: texts,
};

const scale = { enabled: flag, minReplicas: z.int().min(1), maxReplicas: z.int().min(1) };

const programValues = {
  enabled: flag,
  replicas: count,
  secrets: folders,
  configMaps: folders,
  env: passedList,
  resources: passed,
  podDisruptionBudget: z.strictObject({
    enabled: flag,
    maxUnavailable: portion,
    minAvailable: portion.nullable(),
  }),
  autoscaling: z.strictObject({
    ...scale,
    targetCPUUtilizationPercentage: z.int().min(1).nullable(),
    targetLoginsInFlight: z.int().min(1).nullable(),
    metrics: passedList,
    behavior: passed,
  }),
  keda: z.strictObject({ ...scale, triggers: passedList }),
  ...placement,
  strategy: passed,
  minReadySeconds: count,
  preStopSeconds: z.int().min(0).max(300),
  serviceAccount: z.strictObject({ create: flag, name: text, annotations: texts }),
  extraVolumes: passedList,
  extraVolumeMounts: passedList,
};

const networkPolicy = { enabled: flag, metricsFrom: passedList, egress: passedList };
const monitor = z.strictObject({
  enabled: flag,
  interval: z.string().regex(/^\d+(ms|s|m)$/),
  labels: texts,
});

const { nats, ...settings } = configSchema.shape;
/** The chart names the servers where they are its own. */
const withServersOptional = { ...settings, nats: nats.partial().optional() };
const config = z.strictObject(withServersOptional);

const valuesSchema = z.strictObject({
  // Helm's own, which a parent chart hands down.
  global: passed.optional(),
  nameOverride: text,
  fullnameOverride: text,
  commonLabels: texts,
  imagePullSecrets: passedList,
  image,
  connector: z.strictObject({
    ...programValues,
    config: config.omit({ gateway: true }),
    networkPolicy: z.strictObject(networkPolicy),
  }),
  gateway: z.strictObject({
    ...programValues,
    config: config.omit({ connector: true }),
    networkPolicy: z.strictObject({ ...networkPolicy, httpFrom: passedList }),
    service: z.strictObject({
      type: z.enum(["ClusterIP", "NodePort", "LoadBalancer"]),
      port: z.int().min(1).max(65_535).nullable(),
      annotations: texts,
      spec: passed,
    }),
    ingress: z.strictObject({
      enabled: flag,
      className: text,
      annotations: texts,
      hosts: z.array(z.string().min(1)),
      tls: passedList,
    }),
    httpRoute: z.strictObject({
      enabled: flag,
      parentRefs: passedList,
      hostnames: z.array(z.string().min(1)),
      annotations: texts,
    }),
  }),
  nats: z.strictObject({
    enabled: flag,
    image,
    usersSecret: z.string().min(1),
    tls: z.strictObject({
      secretName: z.string().min(1),
      certManager: z.strictObject({ enabled: flag, issuerRef: texts, dnsNames: z.array(z.string().min(1)) }),
    }),
    persistence: z.strictObject({ enabled: flag, storageClassName: text.nullable(), size: text }),
    external: z.strictObject({
      enabled: flag,
      type: z.enum(["LoadBalancer", "NodePort"]),
      annotations: texts,
    }),
    resources: passed,
    podDisruptionBudget: z.strictObject({ enabled: flag, maxUnavailable: portion }),
    ...placement,
    networkPolicy: z.strictObject({ enabled: flag, clientsFrom: passedList }),
  }),
  monitoring: z.strictObject({
    podMonitor: monitor,
    serviceMonitor: monitor,
    rules: z.strictObject({ enabled: flag, labels: texts, runbooks: z.url() }),
    dashboards: z.strictObject({ enabled: flag, labels: texts, annotations: texts, namespace: text }),
  }),
  tests: z.strictObject({ enabled: flag }),
  extraObjects: z.array(z.union([text, passed])),
});

/** Draft 7, which every helm reads. */
export function renderValuesSchema(): string {
  const schema = z.toJSONSchema(valuesSchema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (isDuration(zodSchema)) jsonSchema.pattern = "^\\d{1,9}(ms|s|m|h)$";
    },
  });
  for (const program of ["connector", "gateway"]) requireSettings(schema, program);
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

/** A program that is installed has to be told what it is there for; one that is not needs no settings. */
function requireSettings({ properties }: z.core.JSONSchema.BaseSchema, program: string): void {
  const component = properties?.[program];
  if (typeof component !== "object") throw new Error(`no values for ${program}`);
  component.if = { properties: { enabled: { const: true } } };
  // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema's own word
  component.then = { properties: { config: { required: [program] } } };
}

/** Durations are the only texts that become something else. */
function isDuration(schema: z.core.$ZodType): boolean {
  return (
    schema instanceof z.ZodPipe &&
    z.safeParse(schema, "1x").error?.issues[0]?.message.startsWith("expected a duration") === true
  );
}
