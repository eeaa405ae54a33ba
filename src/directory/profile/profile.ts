/**
 * The profile of an identity: what the settings take from an entry, under the names that the settings give it.
 *
 * Nothing of it decides a login. So a value that does not fit its type, or is too large, is left out and told, and the login goes on.
 *
 * @module
 */

import type { Profile, ProfileScalar, ProfileValue } from "../../login/identity.ts";
import { parseDistinguishedName } from "../ldap/distinguished-name.ts";
import type { DirectoryEntry } from "../ldap/entry.ts";
import { decodeValue, textOf } from "./decode-value.ts";
import type { Decoded } from "./decode-value.ts";
import { ownName } from "./profile-options.ts";
import type { AttributeOptions, ProfileFieldOptions, ProfileOptions } from "./profile-options.ts";
import { fillTemplate, parseTemplate } from "./template.ts";

/** Why a value was left out. */
export type Unfit = "type" | "size";

/** How one name in the identity gets its value. */
interface ProfileField {
  readonly name: string;
  /** Attributes that it is made of. */
  readonly sources: readonly string[];
  readonly byDefault: ProfileValue | undefined;
  readonly read: (entry: DirectoryEntry, unfit: (why: Unfit) => void) => ProfileValue | undefined;
}

/** Values of one attribute; Active Directory itself holds few more in one answer. */
const valuesMax = 1_000;
/** Of one field in JSON. The identity has to fit into one message, with the groups. */
const fieldBytesMax = 8_192;
const profileBytesMax = 16_384;

export class ProfileMapping {
  readonly #fields: readonly ProfileField[];
  readonly #unfit: (field: string, why: Unfit) => void;

  /** @throws {Error} for a template that is none. */
  constructor(options: ProfileOptions, unfit: (field: string, why: Unfit) => void) {
    this.#fields = Object.entries(options).map(([name, field]) =>
      compile(name, typeof field === "string" ? { attribute: field } : field),
    );
    this.#unfit = unfit;
  }

  /** All that a search has to ask for. */
  get attributes(): readonly string[] {
    const all = this.#fields.flatMap(({ sources }) => sources);
    return [...new Set(all)].filter((attribute) => attribute !== ownName);
  }

  /** Name in the identity → attributes that it is made of; none for a constant. */
  get sources(): ReadonlyMap<string, readonly string[]> {
    return new Map(this.#fields.map(({ name, sources }) => [name, sources]));
  }

  profileOf(entry: DirectoryEntry): Profile {
    const profile: [string, ProfileValue][] = [];
    let room = profileBytesMax;
    for (const { name, byDefault, read } of this.#fields) {
      const value = read(entry, (why) => this.#unfit(name, why)) ?? byDefault;
      if (value === undefined) continue;
      const bytes = Buffer.byteLength(JSON.stringify(value));
      if (bytes > Math.min(room, fieldBytesMax)) this.#unfit(name, "size");
      else {
        room -= bytes;
        profile.push([name, value]);
      }
    }
    return Object.fromEntries(profile);
  }
}

function compile(name: string, field: ProfileFieldOptions): ProfileField {
  if ("constant" in field) {
    return { name, sources: [], byDefault: undefined, read: () => field.constant };
  }
  const byDefault = field.default;
  if ("attribute" in field) {
    return { name, sources: [field.attribute], byDefault, read: attributeReader(field) };
  }
  const parts = parseTemplate(field.template);
  if (parts === undefined) throw new Error("a profile's template has braces without an attribute's name");
  const sources = parts.flatMap((part) => ("attribute" in part ? [part.attribute] : []));
  return {
    name,
    sources,
    byDefault,
    read: (entry) => fillTemplate(parts, (attribute) => firstText(entry, attribute)),
  };
}

function attributeReader(options: AttributeOptions): ProfileField["read"] {
  const { attribute, multiple = false } = options;
  return (entry, unfit) => {
    const all = valuesOf(entry, attribute);
    if (all.length > valuesMax) unfit("size");
    const values: ProfileScalar[] = [];
    for (const bytes of all.slice(0, valuesMax)) {
      for (const decoded of decode(bytes, options)) {
        if (decoded.kind === "unfit") unfit("type");
        else if (decoded.kind === "value") values.push(decoded.value);
      }
      if (!multiple && values.length > 0) break;
    }
    return multiple && values.length > 0 ? values : values[0];
  };
}

function decode(bytes: Buffer, { type = "text", pick, index = 0 }: AttributeOptions): readonly Decoded[] {
  if (pick === undefined) return [decodeValue(bytes, type)];
  const text = textOf(bytes);
  const name = text === undefined ? undefined : parseDistinguishedName(text);
  if (name === undefined) return [{ kind: "unfit" }];
  const parts = name
    .flat()
    .filter(({ attribute }) => attribute.toLowerCase() === pick.toLowerCase())
    .map(({ value }) => ({ kind: "value", value }) as const);
  return index === "all" ? parts : parts.slice(index, index + 1);
}

function valuesOf(entry: DirectoryEntry, attribute: string): readonly Buffer[] {
  return attribute === ownName ? [Buffer.from(entry.distinguishedName)] : entry.bytes(attribute);
}

function firstText(entry: DirectoryEntry, attribute: string): string | undefined {
  const [bytes] = valuesOf(entry, attribute);
  return bytes === undefined ? undefined : textOf(bytes);
}
