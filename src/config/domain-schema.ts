/**
 * The settings of one domain: what it is called, where its people are, who searches it.
 *
 * @module
 */

import { Resolver } from "node:dns";
import { z } from "zod";
import { always, file } from "./setting.ts";

export const controllerUrl = z
  .string()
  .regex(/^ldaps?:\/\/[^/?#@\s]+\/?$/, "expected ldaps://host[:port] or ldap://host[:port]");

export const controllers = z
  .array(controllerUrl)
  .max(32)
  .default([])
  .describe(
    "Directory servers, most wanted first: `ldaps://host:636`, or `ldap://host:389` with `startTls: true`. Instead of them, `discovery`.",
  );

function isNameServer(text: string): boolean {
  try {
    new Resolver().setServers([text]);
    return true;
  } catch {
    return false;
  }
}

export const discovery = z
  .strictObject({
    domain: z
      .string()
      .regex(/^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/, "expected a DNS name")
      .exactOptional()
      .describe(
        "DNS name of the domain; without it, the one that `baseDn` ends in. Only hosts in it are believed.",
      ),
    site: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,63}$/, "expected an Active Directory site's name")
      .exactOptional()
      .describe("Active Directory site whose controllers are used before all others."),
    nameServers: z
      .array(z.string().refine(isNameServer, { message: "expected an IP address, or address:port" }))
      .min(1)
      .max(8)
      .exactOptional()
      .describe("DNS servers, `10.0.0.1` or `10.0.0.1:53`; without it, the system's."),
  })
  .optional()
  .describe(
    "Find the controllers by DNS (SRV records), in the order of site, priority and weight, and look again whenever the records expire.",
  );

/** What is wrong where controllers are neither listed nor discovered, or both. */
export const isOnePlace = {
  check: (place: { readonly controllers?: unknown; readonly discovery?: unknown }): boolean =>
    Array.isArray(place.controllers) && place.controllers.length > 0 === (place.discovery === undefined),
  params: {
    path: ["controllers"],
    message: "list the controllers, or have them found by discovery: one of the two",
    ...always,
  },
};

export const referrals = z
  .array(controllerUrl)
  .max(16)
  .default([])
  .describe(
    "Servers that searches may be followed to when a controller refers them there, by the host's name; the service account logs in " +
      "there too. References to any other host are never followed.",
  );

export const serviceAccount = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(1_024)
      .describe("DN, or on Active Directory `user@domain`, of the account that searches."),
    passwordFile: file("its password."),
  })
  .describe("An ordinary account that may read people, groups and their failure times.");

export const domainNames = {
  baseDn: z
    .string()
    .min(3)
    .max(1_024)
    .describe("Where people are searched, `DC=example,DC=com`; nobody outside it can log in."),
  domain: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe("NetBIOS name of the domain, for names such as `EXAMPLE\\ada`."),
  upnSuffixes: z
    .array(z.string().regex(/^[^@\s]{1,255}$/, "expected what follows the @ of a name"))
    .max(64)
    .default([])
    .describe(
      "What principal names of its people end in, beside the domain's DNS name. Only needed to choose between several domains.",
    ),
};

export const otherDomain = z
  .strictObject({
    ...domainNames,
    controllers,
    discovery,
    referrals,
    serviceAccount: serviceAccount
      .optional()
      .describe(
        "Searches this domain; without it, the directory's `serviceAccount`, which the forest's trust lets in.",
      ),
  })
  .refine(isOnePlace.check, isOnePlace.params)
  .describe("A further domain.");

const attributeNames = (meaning: string) =>
  z
    .array(z.string().regex(/^[A-Za-z][A-Za-z0-9;-]{0,127}$/))
    .min(1)
    .max(8)
    .exactOptional()
    .describe(meaning);

export const names = z
  .strictObject({
    plain: attributeNames("For a name without `@` and backslash."),
    principal: attributeNames("For `user@suffix`."),
  })
  .optional()
  .describe(
    "Attributes that a typed name is compared with, one after the other until somebody is found. Without it, the preset's.",
  );
