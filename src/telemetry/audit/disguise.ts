/**
 * How much of a person is in the audit: names and addresses as they are, or what stands for them.
 *
 * A pseudonym is a keyed digest: the same for the same name, so that whoever has the key finds a person's records, and nobody else can
 * try names against it.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { foldedName } from "../../login/standing.ts";
import { sourceOf } from "../../login/source.ts";
import type { AuditFacts, AuditField } from "./record.ts";

export interface Disguise {
  /** What stands for this name, or id, of this connection. */
  readonly name: (connection: string, name: string) => string;
  readonly address: (ip: string) => string;
}

const personal = ["username", "account", "subject", "query"] as const satisfies readonly AuditField[];
const pseudonymBytes = 18;

export const asTheyAre: Disguise = { name: (_, name) => name, address: (ip) => ip };

export function networksOnly(disguise: Disguise): Disguise {
  return { ...disguise, address: (ip) => sourceOf(ip).network };
}

/** Names that differ only in case or in Unicode's compositions have one pseudonym. */
export function pseudonyms(key: Uint8Array, disguise: Disguise = asTheyAre): Disguise {
  return {
    ...disguise,
    name(connection, name) {
      const hmac = createHmac("sha256", key).update(
        `drawbridge.v1 pseudonym\n${connection}\n${foldedName(name)}`,
      );
      return `pseudonym:${hmac.digest().subarray(0, pseudonymBytes).toString("base64url")}`;
    },
  };
}

export function disguised(facts: AuditFacts, { name, address }: Disguise): AuditFacts {
  const { connection, address: ip } = facts;
  const names = personal.flatMap((field) => {
    const value = facts[field];
    return typeof value === "string" ? [[field, name(String(connection), value)]] : [];
  });
  return {
    ...facts,
    ...Object.fromEntries(names),
    ...(typeof ip === "string" ? { address: address(ip) } : {}),
  };
}
