/**
 * The settings of one domain: what it is called, where its people are, who searches it.
 *
 * @module
 */

import { z } from "zod";
import { file } from "./setting.ts";

export const controllerUrl = z
  .string()
  .regex(/^ldaps?:\/\/[^/?#@\s]+\/?$/, "expected ldaps://host[:port] or ldap://host[:port]");

export const controllers = z
  .array(controllerUrl)
  .min(1)
  .max(32)
  .describe(
    "Directory servers, most wanted first: `ldaps://host:636`, or `ldap://host:389` with `startTls: true`.",
  );

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
    referrals,
    serviceAccount: serviceAccount
      .optional()
      .describe(
        "Searches this domain; without it, the directory's `serviceAccount`, which the forest's trust lets in.",
      ),
  })
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
