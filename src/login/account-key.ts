/**
 * What a credential may say of an account, other than a name that somebody typed.
 *
 * @module
 */

export type AccountKey =
  /** `Identity.subjectId` of an earlier login. */
  | { readonly by: "subject"; readonly subjectId: string }
  /** `S-1-…`: it belongs to one account of the world. */
  | { readonly by: "sid"; readonly sid: string }
  /** What an administrator wrote into the account to map other identities to it, in any of these spellings. */
  | { readonly by: "security_identity"; readonly texts: readonly string[] }
  /** A certificate that is published in the account. */
  | {
      readonly by: "certificate";
      readonly der: Uint8Array;
      /** Decimal. */
      readonly serialNumber: string;
      /** RFC 4514; absent where it would need escapes. */
      readonly issuer?: string;
    }
  /** Principal names, and no mail addresses. Two people who have them are nobody. */
  | { readonly by: "principal"; readonly texts: readonly string[] }
  /** As with principal names. */
  | { readonly by: "mail"; readonly texts: readonly string[] }
  /**
   * What a domain's own authority calls one of its people: by the account's own name or, with an `@`, by the principal name. Nobody of
   * another domain is meant.
   */
  | { readonly by: "domain_name"; readonly domain: string; readonly name: string }
  /** The account's own name. */
  | { readonly by: "name"; readonly text: string };
