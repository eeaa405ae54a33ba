/**
 * The settings of `drawbridge gateway`.
 *
 * @module
 */

import { isIP } from "node:net";
import { z } from "zod";
import { clientCertificatesSection } from "./certificate-schema.ts";
import { cacheSection } from "./cache-schema.ts";
import { oidcSection, pageSection } from "./oidc-schema.ts";
import type { OidcConfig } from "./oidc-schema.ts";
import { connections, duration, file, port, serverTls } from "./setting.ts";
import { stateSection } from "./state-schema.ts";
import { statusSection } from "./status-schema.ts";
import { throttleSection } from "./throttle-schema.ts";

const proxy = z
  .string()
  .refine(
    isNetwork,
    "expected an IP address or a network such as 10.1.0.0/16, of no more than a sixteenth of all",
  );

function isNetwork(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  const bits = { 0: undefined, 4: 32, 6: 128 }[isIP(address)];
  if (bits === undefined || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) >= 4 && Number(prefix) <= bits);
}

const settings = z.strictObject({
  http: z
    .strictObject({
      host: z.string().default("0.0.0.0").describe("Address to listen on."),
      port: port(8080, "Port of the login API; 0 takes a free one."),
      tls: serverTls()
        .optional()
        .describe("Serve HTTPS itself. Without it, put something in front that does."),
      trustedProxies: z
        .array(proxy)
        .max(64)
        .default([])
        .describe(
          "Addresses or networks (`10.1.0.0/16`) of proxies in front, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.",
        ),
    })
    .prefault({})
    .describe("The login API."),
  clientCertificates: clientCertificatesSection
    .optional()
    .describe("Logins with client certificates. Without it, nobody logs in with one here."),
  identityKeyFile: file("Ed25519 private key of this gateway deployment (PKCS#8 PEM)."),
  state: stateSection,
  throttle: throttleSection,
  inFlightMax: z
    .int()
    .min(1)
    .max(10_000)
    .default(500)
    .describe(
      "Requests of one connection that are worked on at once; more are answered with 503 and `Retry-After` instead of waiting.",
    ),
  loginDeadline: duration("10s", 1_000, 60_000, "For one login, from request to answer."),
  leaveDelay: duration(
    "0s",
    0,
    60_000,
    "After SIGTERM: so long requests are still taken, while load balancers learn that it goes, and connections end with their next answer.",
  ),
  drainTimeout: duration(
    "15s",
    1_000,
    300_000,
    "After SIGTERM and `leaveDelay`, for logins under way to end.",
  ),
  disclosure: z
    .enum(["proven", "state"])
    .default("proven")
    .describe(
      "Which denials are named to the caller. `proven`: only those that a directory gives to somebody who had the right password. " +
        "`state`: also `account_locked`, which tells anybody that the account exists.",
    ),
  api: z
    .strictObject({
      tokens: z
        .array(
          z.strictObject({
            name: z
              .string()
              .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "lower-case letters, digits and hyphens, 63 at most")
              .describe("For the log."),
            tokenFile: file("the token, 32 characters or more."),
            may: z
              .array(z.enum(["login", "users.search", "groups.list", "password.change", "password.reset"]))
              .min(1)
              .max(5)
              .describe("What it is good for."),
            connections: z
              .array(z.string())
              .min(1)
              .max(256)
              .optional()
              .describe("Where; without it, at every connection."),
          }),
        )
        .max(64)
        .default([])
        .describe(
          "Applications that may list people and groups, set passwords, or log people in: `Authorization: Bearer …`.",
        ),
      tokenRequired: z
        .array(z.enum(["login", "password.change"]))
        .max(2)
        .default([])
        .describe(
          "What a token is demanded for although it comes with a person's password: `/v1/login` and `/v1/password/change`. The login page, " +
            "certificates and tickets are not concerned.",
        ),
      document: z
        .boolean()
        .default(true)
        .describe("Serve the description of this API, `GET /v1/openapi.json`, to whoever asks."),
    })
    .prefault({})
    .describe("Who may ask for what; `docs/rest.md` tells application developers."),
  oidc: oidcSection.optional(),
  status: statusSection.optional(),
  page: pageSection,
  connections: connections(
    z.strictObject({
      connectorKeyFiles: z
        .array(file("Ed25519 public keys of the connection's connectors (SPKI PEM), one or several."))
        .min(1)
        .max(32)
        .describe("The connectors that are believed."),
      cache: cacheSection,
      label: z
        .string()
        .min(1)
        .max(100)
        .optional()
        .describe("As people read it on the login page; without it, the connection's name."),
      mailDomains: z
        .array(z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, "expected a domain in lower case"))
        .max(64)
        .default([])
        .describe(
          "Who logs in with such a mail address need not choose, where there are several connections.",
        ),
      negotiate: z
        .strictObject({
          networks: z
            .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
            .min(1)
            .max(256)
            .describe("From where: networks such as `10.0.0.0/8`, or addresses."),
        })
        .optional()
        .describe(
          "Ask browsers for a Kerberos ticket (`GET /v1/negotiate`, the login page). The connectors need `kerberos` for it.",
        ),
    }),
    "The directories that people can log in against here, by connection name.",
  ),
});

export const gatewaySection = settings
  .refine(({ oidc, state }) => oidc === undefined || state.keyFiles.length > 0, {
    path: ["state", "keyFiles"],
    message: "OpenID Connect needs them: the state of a login has to be at every gateway",
  })
  .refine(
    ({ oidc, connections: known }) => clientConnections(oidc).every((name) => Object.hasOwn(known, name)),
    {
      path: ["oidc", "clients"],
      message: "an application names a connection that is none of these",
    },
  )
  .refine(({ oidc, clientCertificates }) => clientCertificates?.page === undefined || oidc !== undefined, {
    path: ["clientCertificates", "page"],
    message: "it is part of the login page, which needs gateway.oidc",
  })
  .refine(
    ({ clientCertificates, connections: known }) =>
      (clientCertificates?.page?.connections ?? []).every((name) => Object.hasOwn(known, name)),
    {
      path: ["clientCertificates", "page", "connections"],
      message: "it names a connection that is none of these",
    },
  )
  .refine(({ oidc, connections: known }) => oidc?.subject !== "plain" || Object.keys(known).length < 2, {
    path: ["oidc", "subject"],
    message:
      "with several connections it has to be qualified: a directory could tell the ids of another's people",
  });

export type GatewayConfig = z.infer<typeof gatewaySection>;

function clientConnections(oidc: OidcConfig | undefined): readonly string[] {
  return (oidc?.clients ?? []).flatMap(({ connections: names = [] }) => names);
}
