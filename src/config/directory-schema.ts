/**
 * The settings of one directory: where its controllers are, who searches it, what is read about a person.
 *
 * @module
 */

import { z } from "zod";
import { operationMethods } from "../login/operation.ts";
import {
  controllers,
  discovery,
  domainNames,
  isOnePlace,
  names,
  otherDomain,
  referrals,
  serviceAccount,
} from "./domain-schema.ts";
import { profile } from "./profile-schema.ts";
import { always, duration, file } from "./setting.ts";

const groupPatterns = (meaning: string) =>
  z.array(z.string().min(1).max(256)).min(1).max(64).exactOptional().describe(meaning);

export const directorySection = z
  .strictObject({
    preset: z
      .enum(["active-directory", "openldap", "389ds", "freeipa"])
      .describe("Which product: sets filters, attributes and group reading."),
    controllers,
    discovery,
    referrals,
    order: z
      .enum(["listed", "balanced"])
      .default("listed")
      .describe(
        "`listed`: logins go to the first controller that answers. `balanced`: each replica prefers one at random, and the others follow.",
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
    clientCertificate: z
      .strictObject({
        certFile: file("PEM of the certificate, with those between it and its CA."),
        keyFile: file("PEM of its private key."),
      })
      .optional()
      .describe("Shown to controllers that ask who connects."),
    ...domainNames,
    serviceAccount,
    otherDomains: z
      .array(otherDomain)
      .max(64)
      .default([])
      .describe("Further domains of the forest: people of all of them log in at this connection."),
    globalCatalog: z
      .strictObject({ controllers, discovery })
      .refine(isOnePlace.check, isOnePlace.params)
      .optional()
      .describe(
        "Who is in which domain, usually at `ldaps://host:3269`. Without it, or while it does not answer, names are searched in each domain.",
      ),
    names,
    passwords: z
      .strictObject({
        acceptExpired: z
          .boolean()
          .default(false)
          .describe("Accept a right password that has expired; the answer says so."),
        acceptMustChange: z
          .boolean()
          .default(false)
          .describe("Accept a right password that must be changed first; the answer says so."),
      })
      .prefault({})
      .describe("What is done with passwords that are right, but not good any more."),
    operations: z
      .array(z.enum(operationMethods))
      .max(operationMethods.length)
      .default(["users.search", "groups.list", "password.change"])
      .describe(
        "What gateways may ask beside logins. `password.reset` has to be listed, and the service account needs the right to it.",
      ),
    lockoutPolicy: z
      .string()
      .min(3)
      .max(1_024)
      .exactOptional()
      .describe(
        "OpenLDAP: DN of the overlay's default policy (`ppolicy_default`), which says when accounts lock. Active Directory tells by itself.",
      ),
    profile,
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
        include: groupPatterns("Only groups with such a name are told; `*` stands for any characters."),
        exclude: groupPatterns("Groups with such a name are not told, whatever `include` says."),
        below: z
          .array(z.string().min(3).max(1_024))
          .min(1)
          .max(64)
          .exactOptional()
          .describe("Only groups below one of these names are told, `OU=Apps,DC=example,DC=com`."),
        required: z
          .boolean()
          .default(false)
          .describe("Let nobody in whose groups could not all be read: `groups_incomplete`."),
      })
      .prefault({})
      .describe("Which of a person's groups are told, and how much is done for it."),
  })
  .refine(isOnePlace.check, isOnePlace.params)
  .refine(({ tlsName, discovery: found }) => tlsName === undefined || found === undefined, {
    path: ["tlsName"],
    message: "does not go with discovery: each controller's certificate must have the name that DNS has",
    ...always,
  })
  .refine(isEncrypted, {
    path: ["startTls"],
    message: "ldap:// needs startTls: true; passwords are not sent in clear",
    ...always,
  });

export type DirectoryConfig = z.infer<typeof directorySection>;

/** Asked of what may not be valid yet. */
function isEncrypted(directory: {
  readonly startTls?: unknown;
  readonly otherDomains?: unknown;
  readonly globalCatalog?: unknown;
}): boolean {
  const { startTls, otherDomains, globalCatalog } = directory;
  const others: readonly unknown[] = Array.isArray(otherDomains) ? otherDomains : [];
  return startTls === true || ![directory, globalCatalog, ...others].some(hasClearUrl);
}

function hasClearUrl(place: unknown): boolean {
  if (typeof place !== "object" || place === null) return false;
  const urls: readonly unknown[] = ["controllers", "referrals"].flatMap(
    (key) => Reflect.get(place, key) ?? [],
  );
  return urls.some((url) => String(url).startsWith("ldap://"));
}
