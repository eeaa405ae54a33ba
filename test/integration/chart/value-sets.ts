/**
 * The ways in which people install the chart, one value set each.
 *
 * @module
 */

const connection = {
  identityKeyFile: "keys/corp.connector.key",
  gatewayKeyFiles: ["keys/gateway.pub"],
  directory: {
    preset: "active-directory",
    controllers: ["ldaps://dc1.corp.example.com", "ldaps://dc2.corp.example.com"],
    caFile: "ca/ca.pem",
    baseDn: "DC=corp,DC=example,DC=com",
    domain: "CORP",
    serviceAccount: { name: "drawbridge@corp.example.com", passwordFile: "directory/password" },
  },
} as const;

const outsideNats = {
  servers: ["tls://nats-1.example.com:4222", "tls://nats-2.example.com:4222"],
  caFile: "ca/ca.pem",
};

/** A connector beside NATS servers of this release. */
export const connector = {
  enabled: true,
  config: {
    nats: { nkeyFile: "keys/nats-connector.nk" },
    connector: { connections: { corp: connection } },
  },
  secrets: { keys: "drawbridge-connector-keys", directory: "drawbridge-directory" },
  configMaps: { ca: "company-ca" },
};

/** A gateway beside NATS servers of this release. */
export const gateway = {
  enabled: true,
  config: {
    nats: { nkeyFile: "keys/nats-gateway.nk" },
    gateway: {
      identityKeyFile: "keys/gateway.key",
      state: { keyFiles: ["keys/state.key"] },
      connections: { corp: { connectorKeyFiles: ["keys/corp.connector.pub"] } },
    },
  },
  secrets: { keys: "drawbridge-gateway-keys" },
};

const nats = { enabled: true };

function outside<T extends { readonly config: { readonly nats: object } }>(program: T): T {
  return { ...program, config: { ...program.config, nats: { ...program.config.nats, ...outsideNats } } };
}

function gatewayWith(settings: object): typeof gateway {
  return { ...gateway, config: { ...gateway.config, gateway: { ...gateway.config.gateway, ...settings } } };
}

export const valueSets: Readonly<Record<string, object>> = {
  "everything in one cluster": { connector, gateway, nats },
  "the company's side alone": { connector: { ...outside(connector), configMaps: { ca: "company-ca" } } },
  "the cloud's side alone": { gateway: outside(gateway) },
  "NATS servers alone": { nats },
  "servers that connectors outside reach, with a certificate of cert-manager": {
    gateway,
    nats: {
      ...nats,
      tls: {
        secretName: "nats-certificate",
        certManager: {
          enabled: true,
          issuerRef: { name: "drawbridge-ca", kind: "Issuer" },
          dnsNames: ["nats-0.example.com", "nats-1.example.com", "nats-2.example.com"],
        },
      },
      external: {
        enabled: true,
        annotations: { "external-dns.alpha.kubernetes.io/hostname": "nats-%d.example.com" },
      },
    },
  },
  "nothing that lasts": { connector, gateway, nats: { ...nats, persistence: { enabled: false } } },
  "TLS at the gateway, behind a load balancer, with client certificates": {
    nats,
    gateway: {
      ...gatewayWith({
        http: { port: 8443, tls: { certFile: "tls/tls.crt", keyFile: "tls/tls.key" } },
        clientCertificates: {
          listener: { port: 9443, tls: { certFile: "tls/tls.crt", keyFile: "tls/tls.key" } },
        },
      }),
      secrets: { ...gateway.secrets, tls: "login-tls" },
      service: { type: "LoadBalancer", spec: { externalTrafficPolicy: "Local" } },
    },
  },
  "an Ingress": {
    nats,
    gateway: {
      ...gatewayWith({ http: { trustedProxies: ["10.1.0.0/16"] } }),
      ingress: {
        enabled: true,
        className: "nginx",
        annotations: { "cert-manager.io/cluster-issuer": "public" },
        hosts: ["login.example.com"],
        tls: [{ secretName: "login-tls", hosts: ["login.example.com"] }],
      },
    },
  },
  "the Gateway API": {
    nats,
    gateway: {
      ...gateway,
      httpRoute: {
        enabled: true,
        parentRefs: [{ name: "public", namespace: "ingress", sectionName: "https" }],
        hostnames: ["login.example.com"],
      },
    },
  },
  "replicas by load": {
    nats,
    connector: {
      ...connector,
      autoscaling: {
        enabled: true,
        targetLoginsInFlight: 20,
        behavior: { scaleDown: { policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] } },
      },
    },
    gateway: { ...gateway, autoscaling: { enabled: true } },
  },
  "replicas by KEDA": {
    nats,
    connector: { ...connector, keda: { enabled: true } },
    gateway: {
      ...gateway,
      keda: {
        enabled: true,
        triggers: [
          {
            type: "prometheus",
            metadata: {
              serverAddress: "http://prometheus.monitoring:9090",
              query: "sum(drawbridge_logins_in_flight)",
              threshold: "20",
            },
          },
        ],
      },
    },
  },
  "Prometheus by pods, with alerts and dashboards": {
    connector,
    gateway,
    nats,
    monitoring: {
      podMonitor: { enabled: true, labels: { release: "prometheus" } },
      rules: { enabled: true, labels: { release: "prometheus" } },
      dashboards: { enabled: true, annotations: { grafana_folder: "Logins" }, namespace: "monitoring" },
    },
  },
  "Prometheus by services": { connector, gateway, nats, monitoring: { serviceMonitor: { enabled: true } } },
  "a place of its own, and narrow ways": {
    nats: { ...nats, networkPolicy: { clientsFrom: [{ podSelector: {} }] } },
    connector: {
      ...connector,
      spread: { topologyKeys: ["topology.kubernetes.io/zone"], whenUnsatisfiable: "DoNotSchedule" },
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: "site", operator: "In", values: ["north"] }] }],
          },
        },
      },
      nodeSelector: { "kubernetes.io/os": "linux" },
      tolerations: [{ key: "logins", operator: "Exists", effect: "NoSchedule" }],
      priorityClassName: "logins",
      networkPolicy: {
        metricsFrom: [
          { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } },
        ],
        egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/24" } }], ports: [{ port: 636, protocol: "TCP" }] }],
      },
    },
  },
  "names, labels, accounts and images of one's own": {
    connector: {
      ...connector,
      serviceAccount: { create: false, name: "logins" },
      podDisruptionBudget: { minAvailable: "50%" },
    },
    gateway: {
      ...gateway,
      serviceAccount: { annotations: { "example.com/role": "logins" } },
      podDisruptionBudget: { enabled: false },
      networkPolicy: { enabled: false },
    },
    nats,
    fullnameOverride: "logins",
    commonLabels: { team: "identity" },
    imagePullSecrets: [{ name: "registry" }],
    image: { repository: "registry.example.com/drawbridge", digest: `sha256:${"0".repeat(64)}` },
    tests: { enabled: false },
  },
  "tickets, two directories and objects beside": {
    nats,
    connector: {
      ...connector,
      config: {
        ...connector.config,
        log: { level: "debug" },
        ops: { port: 9500 },
        connector: {
          drainTimeout: "2m",
          state: { keyFiles: ["keys/connector-state.key"] },
          connections: {
            corp: {
              ...connection,
              kerberos: { keytabFile: "kerberos/http.keytab", realms: { "CORP.EXAMPLE.COM": "CORP" } },
            },
            branch: {
              ...connection,
              directory: { ...connection.directory, preset: "openldap", domain: undefined },
            },
          },
        },
      },
      secrets: { ...connector.secrets, kerberos: "drawbridge-keytab" },
      env: [{ name: "DRAWBRIDGE_LOG__LEVEL", value: "info" }],
      extraVolumes: [{ name: "more", emptyDir: {} }],
      extraVolumeMounts: [{ name: "more", mountPath: "/more" }],
    },
    extraObjects: [
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-more\ndata: {}\n",
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "company-ca" }, data: { "ca.pem": "…" } },
    ],
  },
};
