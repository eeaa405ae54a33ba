/**
 * Whether the base DN exists, and some accounts below it that the other checks look at.
 *
 * @module
 */

import type { DirectoryEntry } from "../../directory/ldap/entry.ts";
import { and, present } from "../../directory/ldap/filter.ts";
import type { LdapConnection } from "../../directory/ldap/ldap-connection.ts";
import type { Preset } from "../../directory/preset.ts";
import type { Deadline } from "../../login/deadline.ts";
import { fine, found } from "./finding.ts";
import type { Finding } from "./finding.ts";

export interface ExaminedBase {
  readonly findings: readonly Finding[];
  /** A few accounts, with the attribute that tells when a login failed. */
  readonly people: readonly DirectoryEntry[];
}

const noSuchObject = 32;
const insufficientAccessRights = 50;
const peopleMax = 10;

export async function checkBase(
  subject: string,
  baseDn: string,
  connection: LdapConnection,
  preset: Preset,
  deadline: Deadline,
): Promise<ExaminedBase> {
  const confidential = [`base DN: ${baseDn}`];
  const only = (finding: Finding): ExaminedBase => ({ findings: [finding], people: [] });
  const base = { base: baseDn, scope: "base", filter: present("objectClass"), entriesMax: 1 } as const;
  const read = await connection.search({ ...base, attributes: ["1.1"] }, deadline);
  if (read.kind === "failed" && read.code === noSuchObject) {
    const own = await namingContexts(connection, deadline);
    const says = "there is no such entry in this directory";
    const details = { confidential: [...confidential, ...own.map((name) => `the directory has: ${name}`)] };
    return only(found("base_unknown", "base DN", subject, says, details));
  }
  if (read.kind === "failed" && read.code !== insufficientAccessRights) {
    const says = `it could not be read: ${read.code === undefined ? read.why : `result ${read.code}`}`;
    return only(found("search_failed", "base DN", subject, says, { confidential }));
  }
  if (read.kind === "failed" || read.entries.length === 0) {
    const says = "the service account may not read it";
    return only(found("base_unreadable", "base DN", subject, says, { confidential }));
  }
  const people = await connection.search(
    {
      base: baseDn,
      scope: "sub",
      filter: and([...preset.isAccount, present(preset.nameAttribute)]),
      attributes: [preset.nameAttribute, preset.failureAttribute],
      entriesMax: peopleMax,
    },
    deadline,
  );
  const exists = fine("base DN", subject, "exists", { confidential });
  if (people.kind === "failed") {
    const says = `people could not be searched: ${people.why}`;
    return { findings: [exists, found("search_failed", "people", subject, says)], people: [] };
  }
  if (people.entries.length === 0) {
    const says = "no account is visible below the base DN";
    return { findings: [exists, found("nobody_found", "people", subject, says)], people: [] };
  }
  return { findings: [exists], people: people.entries };
}

/** As the rootDSE names them. @see RFC 4512 §5.1 */
export async function namingContexts(
  connection: Pick<LdapConnection, "search">,
  deadline: Deadline,
): Promise<readonly string[]> {
  const read = await connection.search(
    {
      base: "",
      scope: "base",
      filter: present("objectClass"),
      attributes: ["defaultNamingContext", "namingContexts"],
      entriesMax: 1,
    },
    deadline,
  );
  const [root] = read.kind === "entries" ? read.entries : [];
  return [
    ...new Set([...(root?.texts("defaultNamingContext") ?? []), ...(root?.texts("namingContexts") ?? [])]),
  ];
}
