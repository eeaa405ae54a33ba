/**
 * Every setting of both programs: its meaning, unit, default and bounds. The reference in `docs/reference/configuration.md` is
 * generated from here.
 *
 * Secrets are never values, only names of files. Durations are text outside (`5s`) and milliseconds inside.
 *
 * @module
 */

import { isIP } from "node:net";
import { z } from "zod";
import { isConnectionName } from "../login/attempt.ts";
import { parseDuration } from "./duration.ts";

function duration(byDefault: string, leastMs: number, mostMs: number, meaning: string) {
  return z
    .string()
    .default(byDefault)
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== undefined && ms >= leastMs && ms <= mostMs) return ms;
      context.addIssue({
        code: "custom",
        message: `expected a duration such as "5s" or "250ms", from ${leastMs} ms to ${mostMs} ms`,
      });
      return z.NEVER;
    })
    .describe(meaning);
}

const file = (meaning: string) => z.string().min(1).describe(`File: ${meaning}`);
const port = (byDefault: number, meaning: string) =>
  z.int().min(0).max(65_535).default(byDefault).describe(meaning);

/** Cross-checks run even where a part is already known to be wrong, so that every mistake is reported at once. */
const always = { when: () => true };

const connectionName = z.string().refine((name): boolean => isConnectionName(name), {
  message: "a connection's name is lower-case letters, digits and hyphens, 63 at most",
});
const connections = <T extends z.ZodType>(connection: T, meaning: string) =>
  z
    .record(connectionName, connection)
    .refine((record) => typeof record !== "object" || Object.keys(record).length > 0, {
      message: "name at least one connection",
      ...always,
    })
    .describe(meaning);

const natsServer = z.string().refine(isSafeNatsUrl, {
  message:
    "expected tls://host:port with a host name, because that is what the certificate is checked against; " +
    "nats:// only to a loopback address, because it is not encrypted",
});

const natsSection = z
  .strictObject({
    servers: z
      .array(natsServer)
      .min(1)
      .max(32)
      .describe("Every node of the NATS cluster, as `tls://host:port`."),
    caFile: file(
      "PEM of the CA that signed the NATS servers' certificates; without it the system's.",
    ).optional(),
    nkeyFile: file("NKey seed of this program's NATS user.").optional(),
  })
  .describe("The bus.");

const controllerUrl = z
  .string()
  .regex(/^ldaps?:\/\/[^/?#@\s]+\/?$/, "expected ldaps://host[:port] or ldap://host[:port]");

const directorySection = z
  .strictObject({
    preset: z
      .enum(["active-directory", "openldap"])
      .describe("Which product: sets filters, attributes and group reading."),
    controllers: z
      .array(controllerUrl)
      .min(1)
      .max(32)
      .describe(
        "Directory servers, most wanted first: `ldaps://host:636`, or `ldap://host:389` with `startTls: true`.",
      ),
    startTls: z
      .boolean()
      .default(false)
      .describe("Encrypt `ldap://` connections with StartTLS. Without it `ldap://` is refused."),
    tlsName: z
      .string()
      .min(1)
      .optional()
      .describe("Host name that the certificates must have, where it is not the URL's."),
    caFile: file(
      "PEM of the CA that signed the controllers' certificates; without it the system's.",
    ).optional(),
    baseDn: z.string().min(3).max(1_024).describe("Where people are searched: `DC=example,DC=com`."),
    domain: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe("NetBIOS name of the domain, for names such as `EXAMPLE\\ada`."),
    serviceAccount: z
      .strictObject({
        name: z
          .string()
          .min(1)
          .max(1_024)
          .describe("DN, or on Active Directory `user@domain`, of the account that searches."),
        passwordFile: file("its password."),
      })
      .describe("An ordinary account that may read people, groups and their failure times."),
    attributes: z
      .record(
        z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,63}$/),
        z.string().regex(/^[A-Za-z][A-Za-z0-9;-]{0,127}$/),
      )
      .optional()
      .describe("Profile: name in the identity → attribute of the directory. Without it, the preset's."),
    connectTimeout: duration("2s", 100, 60_000, "For the TCP and TLS handshakes with a controller."),
    searchTimeout: duration("5s", 100, 60_000, "For one search."),
    bindTimeout: duration("10s", 100, 60_000, "For one bind; the login's deadline ends it sooner."),
    bindConnectionsMax: z
      .int()
      .min(1)
      .max(256)
      .default(16)
      .describe("Connections for binds, each controller: logins checked at once."),
    searchConnectionsMax: z
      .int()
      .min(1)
      .max(16)
      .default(2)
      .describe("Connections for searches, each controller; many searches share one."),
    connectionAgeMax: duration(
      "10m",
      1_000,
      840_000,
      "A connection is replaced after this; Active Directory cuts idle ones at 15m.",
    ),
    groups: z
      .strictObject({
        timeout: duration(
          "2s",
          50,
          30_000,
          "For reading groups; when it is over the login goes on, marked `groupsRead: incomplete`.",
        ),
        max: z.int().min(0).max(10_000).default(2_000).describe("Most groups that are read for one person."),
      })
      .prefault({})
      .describe("How much is read about a person's groups."),
  })
  .refine(isEncrypted, {
    path: ["startTls"],
    message: "ldap:// needs startTls: true; passwords are not sent in clear",
    ...always,
  });

const connectorSection = z.strictObject({
  inFlightMax: z
    .int()
    .min(1)
    .max(4_096)
    .default(64)
    .describe("Logins that one replica works on at once for each connection; beyond, it says busy."),
  drainTimeout: duration("15s", 1_000, 300_000, "After SIGTERM, for what was granted to finish."),
  connections: connections(
    z.strictObject({
      identityKeyFile: file("Ed25519 private key of this connection's connectors (PKCS#8 PEM)."),
      gatewayKeyFiles: z
        .array(file("Ed25519 public key of a gateway (SPKI PEM)."))
        .min(1)
        .max(32)
        .describe("The gateways that are believed."),
      directory: directorySection.describe("Where people of this connection are."),
    }),
    "The directories that this connector serves, by connection name.",
  ),
});

const gatewaySection = z.strictObject({
  http: z
    .strictObject({
      host: z.string().default("0.0.0.0").describe("Address to listen on."),
      port: port(8080, "Port of the login API; 0 takes a free one."),
      tls: z
        .strictObject({ certFile: file("PEM certificate chain."), keyFile: file("PEM private key.") })
        .optional()
        .describe("Serve HTTPS itself. Without it, put something in front that does."),
      trustedProxies: z
        .array(z.string())
        .max(64)
        .default([])
        .describe("Addresses or networks whose `X-Forwarded-For` is believed."),
    })
    .prefault({})
    .describe("The login API."),
  identityKeyFile: file("Ed25519 private key of this gateway deployment (PKCS#8 PEM)."),
  loginDeadline: duration("10s", 1_000, 60_000, "For one login, from request to answer."),
  drainTimeout: duration("15s", 1_000, 300_000, "After SIGTERM, for logins under way to end."),
  disclosure: z
    .enum(["proven", "state"])
    .default("proven")
    .describe(
      "Which denials are named to the caller. `proven`: only those that a directory gives to somebody who had the right password. " +
        "`state`: also `account_locked`, which tells anybody that the account exists.",
    ),
  connections: connections(
    z.strictObject({
      connectorKeyFiles: z
        .array(file("Ed25519 public key of the connection's connectors (SPKI PEM)."))
        .min(1)
        .max(32)
        .describe("The connectors that are believed."),
    }),
    "The directories that people can log in against here, by connection name.",
  ),
});

export const configSchema = z.strictObject({
  log: z
    .strictObject({
      level: z
        .enum(["debug", "info", "warn", "error"])
        .default("info")
        .describe("Least important level that is written."),
    })
    .prefault({})
    .describe("JSON lines on standard output."),
  ops: z
    .strictObject({
      host: z.string().default("0.0.0.0").describe("Address to listen on."),
      port: port(9400, "Port of `/metrics`, `/healthz` and `/readyz`; 0 takes a free one."),
    })
    .prefault({})
    .describe("The operators' port."),
  nats: natsSection,
  connector: connectorSection.optional().describe("Settings of `drawbridge connector`."),
  gateway: gatewaySection.optional().describe("Settings of `drawbridge gateway`."),
});

export type Config = z.infer<typeof configSchema>;
export type ConnectorConfig = NonNullable<Config["connector"]>;
export type DirectoryConfig = z.infer<typeof directorySection>;

function isEncrypted(directory: { readonly controllers?: unknown; readonly startTls?: unknown }): boolean {
  const { controllers, startTls } = directory;
  return (
    startTls === true ||
    !Array.isArray(controllers) ||
    !controllers.some((url) => String(url).startsWith("ldap://"))
  );
}

function isSafeNatsUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username } = new URL(text);
  if (username !== "" || hostname === "") return false;
  const isLoopback = /^(127\.[\d.]+|localhost|\[::1\])$/.test(hostname);
  // The client checks the certificate of a server named by address against `localhost`.
  const isAddress = hostname.startsWith("[") || isIP(hostname) !== 0;
  return isLoopback ? protocol === "tls:" || protocol === "nats:" : protocol === "tls:" && !isAddress;
}
