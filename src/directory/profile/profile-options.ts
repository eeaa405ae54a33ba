/**
 * How an identity's profile is made from an entry, as the settings say it.
 *
 * @module
 */

import type { ProfileValue } from "../../login/identity.ts";

/** Name in the identity → where its value comes from; an attribute's name alone is its first value as text. */
export type ProfileOptions = Readonly<Record<string, string | ProfileFieldOptions>>;

export type ProfileFieldOptions = AttributeOptions | TemplateOptions | ConstantOptions;

/**
 * - `text`: UTF-8.
 * - `integer`: at most 2^53 - 1 either way.
 * - `boolean`: `TRUE` or `FALSE`. @see RFC 4517 §3.3.3
 * - `time`: a FILETIME or generalized time, as RFC 3339 in UTC. A FILETIME that means "never" has no value.
 * - `sid`, `guid`: Active Directory's binary identifiers in their usual text form.
 * - `base64`: any bytes.
 */
export const valueTypes = ["text", "integer", "boolean", "time", "sid", "guid", "base64"] as const;
export type ValueType = (typeof valueTypes)[number];

export interface AttributeOptions {
  /** `dn` is the entry's own distinguished name, on every directory. */
  readonly attribute: string;
  /** `text` where it is absent. */
  readonly type?: ValueType;
  /** All values as a list, instead of the first. */
  readonly multiple?: boolean;
  /** The values are distinguished names, and the value is a part of one: `CN`, `OU`, … */
  readonly pick?: string;
  /** Which of the parts of that kind, 0 for the nearest to the entry; 0 where it is absent. */
  readonly index?: number | "all";
  /** In the place of no value. */
  readonly default?: ProfileValue;
}

export interface TemplateOptions {
  /** Text with `{attribute}` in it, each its first value; `{{` and `}}` are braces. No value where one of them has none. */
  readonly template: string;
  readonly default?: ProfileValue;
}

export interface ConstantOptions {
  readonly constant: ProfileValue;
}

/** The name that stands for the entry's own distinguished name. */
export const ownName = "dn";
