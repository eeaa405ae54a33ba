/**
 * The settings by which a connection lets people in with Kerberos tickets.
 *
 * @module
 */

import { z } from "zod";
import { always, file } from "./setting.ts";

const realm = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,254}$/, "expected a realm such as EXAMPLE.COM");

export const kerberosSection = z
  .strictObject({
    keytabFile: file(
      "keytab with AES keys of the service, `HTTP/<host by which browsers reach the gateway>`; a changed file is taken over.",
    ),
    realms: z
      .record(realm, z.string().min(1).max(255))
      .refine((realms) => typeof realms !== "object" || Object.keys(realms).length > 0, {
        message: "name at least one realm",
        ...always,
      })
      .describe(
        "Whose tickets are good: each realm, spelled as in tickets, and the domain of `directory` that its people are in, by its DNS or " +
          "NetBIOS name. Nobody else's are, whatever trusts there may be.",
      ),
    replays: z
      .strictObject({
        whenUnknown: z
          .enum(["refuse", "accept"])
          .default("refuse")
          .describe(
            "What becomes of a ticket while the shared store does not say whether another replica took it before. `refuse`: the login waits " +
              "for the store and is `unavailable` in the end. `accept`: each replica goes by its own memory, so a ticket that was recorded " +
              "can be used again at another replica for five minutes.",
          ),
      })
      .prefault({})
      .describe("A ticket is accepted once."),
  })
  .optional()
  .describe("Kerberos (SPNEGO). Without it, this connection takes no tickets.");

export type KerberosConfig = NonNullable<z.infer<typeof kerberosSection>>;

interface Domain {
  readonly baseDn: string;
  readonly domain?: string | undefined;
}

/** @returns the realms whose domain is none of the directory's. */
export function strayRealms(
  { realms }: KerberosConfig,
  directory: Domain & { readonly otherDomains: readonly Domain[] },
): readonly string[] {
  const names = [directory, ...directory.otherDomains].flatMap(({ baseDn, domain }) => [
    dnsNameIn(baseDn),
    ...(domain === undefined ? [] : [domain.toLowerCase()]),
  ]);
  return Object.entries(realms).flatMap(([name, domain]) =>
    names.includes(domain.toLowerCase()) ? [] : [name],
  );
}

/** `example.com` of `OU=People,DC=example,DC=com`. */
function dnsNameIn(baseDn: string): string {
  return [...baseDn.matchAll(/(?:^|,)\s*DC\s*=\s*([^,+]+)/gi)]
    .map((match) => (match[1] ?? "").trim().toLowerCase())
    .join(".");
}
