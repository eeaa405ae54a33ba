/**
 * The settings of one directory: where its controllers are, who searches it, what is read about a person.
 *
 * @module
 */

import { z } from "zod";
import { always, duration, file } from "./setting.ts";

const controllerUrl = z
  .string()
  .regex(/^ldaps?:\/\/[^/?#@\s]+\/?$/, "expected ldaps://host[:port] or ldap://host[:port]");

export const directorySection = z
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

export type DirectoryConfig = z.infer<typeof directorySection>;

function isEncrypted(directory: { readonly controllers?: unknown; readonly startTls?: unknown }): boolean {
  const { controllers, startTls } = directory;
  return (
    startTls === true ||
    !Array.isArray(controllers) ||
    !controllers.some((url) => String(url).startsWith("ldap://"))
  );
}
