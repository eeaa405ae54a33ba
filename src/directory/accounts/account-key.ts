/**
 * What the account of a key is searched by.
 *
 * @module
 */

import type { AccountKey } from "../../login/account-key.ts";
import { certificateAttribute } from "../preset.ts";
import type { Preset } from "../preset.ts";
import { and, equals, or } from "../ldap/filter.ts";
import type { LdapFilter } from "../ldap/filter.ts";
import { encodeGuid } from "../ldap/guid.ts";
import { encodeSid } from "../ldap/sid.ts";
import type { Naming } from "./account.ts";

/** The filters to try one after the other until one matches; none where nobody of this domain can have such a key. */
export function keyFilters(key: AccountKey, naming: Naming): readonly LdapFilter[] {
  const { isAccount } = naming.preset;
  return candidates(key, naming)
    .filter((any) => any.length > 0)
    .map((any) => and([...isAccount, or(any)]));
}

function candidates(key: AccountKey, naming: Naming): readonly (readonly LdapFilter[])[] {
  const { preset, implicitSuffixes } = naming;
  const { sidAttribute, securityIdentityAttribute, principalAttribute, nameAttribute } = preset;
  switch (key.by) {
    case "subject": {
      const { subjectIdAttribute, subjectIdForm } = preset;
      const id = subjectIdForm === "guid" ? encodeGuid(key.subjectId) : key.subjectId;
      return id === undefined ? [] : [[equals(subjectIdAttribute, id)]];
    }
    case "sid": {
      const sid = encodeSid(key.sid);
      return sidAttribute === undefined || sid === undefined ? [] : [[equals(sidAttribute, sid)]];
    }
    case "security_identity":
      return securityIdentityAttribute === undefined ? [] : [having(securityIdentityAttribute, key.texts)];
    case "certificate":
      return [certificateFilters(key, preset)];
    case "domain_name":
      if (key.name.includes("@")) return candidates({ by: "principal", texts: [key.name] }, naming);
      return [having(nameAttribute, [key.name])];
    case "principal": {
      // A principal name that is written in an entry goes before one that follows from a domain's name.
      const implicit = key.texts.flatMap((text) => {
        const at = text.lastIndexOf("@");
        return at > 0 && implicitSuffixes.has(text.slice(at + 1).toLowerCase()) ? [text.slice(0, at)] : [];
      });
      return [having(principalAttribute, key.texts), having(nameAttribute, implicit)];
    }
    case "mail":
      return [having("mail", key.texts)];
    case "name":
      return [having(nameAttribute, [key.text])];
  }
}

/** @see RFC 4523 §2.1, §3.1 — certificateExactMatch, and its assertion as text (RFC 3641) */
function certificateFilters(
  { der, serialNumber, issuer }: Extract<AccountKey, { readonly by: "certificate" }>,
  { certificateMatch }: Preset,
): readonly LdapFilter[] {
  if (certificateMatch === "bytes") return [equals(certificateAttribute, Buffer.from(der))];
  if (issuer === undefined || issuer.includes('"')) return [];
  return [equals(certificateAttribute, `{ serialNumber ${serialNumber}, issuer rdnSequence:"${issuer}" }`)];
}

/** Samba ends a value at a zero byte and would find somebody with a shorter one. */
function having(attribute: string, texts: readonly string[]): readonly LdapFilter[] {
  return texts.filter((text) => text !== "" && !text.includes("\0")).map((text) => equals(attribute, text));
}
