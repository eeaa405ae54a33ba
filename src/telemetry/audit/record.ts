/**
 * What is written down for those who have to answer later who got in, from where, and who changed what.
 *
 * One JSON line a record. Names of acts and fields stay what they are within a version; new ones may come. What a record has in common
 * with the log is named as it is there. `docs/reference/audit.md` is made from these tables.
 *
 * @module
 */

export const auditVersion = 1;

/** Who writes each act, and when. */
export const auditActs = {
  login: "Gateway: a login has its answer. Exactly one for each login, whoever answered it.",
  verification:
    "Connector: what a replica did at the directory for one login or request. Several with one `attempt` where a replica died.",
  operation: "Gateway: a search, a list or a new password has its answer.",
  login_begun: "Gateway: the login page was shown to somebody whom an application sent.",
  program_started: "A program runs.",
  configured: "With which settings it runs, section by section.",
  program_stopped:
    "A program was asked to end, and has answered what it had begun. Absent where it was killed.",
  keys_renewed: "A program uses what changed in the files of its keys.",
  keys_unusable: "What changed there is of no use, and what was before still is.",
  secrets_renewed:
    "Connector: it uses what changed in the files for a directory, such as the service account's password.",
  secret_unusable: "Connector: what changed there is of no use.",
  cache_purged: "Gateway: somebody is not in the cache any more, for what the directory said.",
  cache_removed: "Gateway: nobody of a connection is in the cache any more, because it was switched off.",
  operator_signed_in: "Gateway: somebody who has the operators' token signed in to the status page.",
  operator_refused: "Gateway: somebody asked for the status with a wrong token, or without one.",
  login_tried: "Gateway: an operator tried a login, which the same `attempt` tells of.",
  keys_changed:
    "`drawbridge keys`: somebody made or ended keys. Written to `audit.jsonl` in the folder of the keys.",
} as const satisfies Readonly<Record<string, string>>;

export type AuditAct = keyof typeof auditActs;

/** Those that every record has, first. */
export const auditFields = {
  v: "Version of this format: 1.",
  act: "What happened; see above.",
  time: "When, by the clock of whoever writes: RFC 3339 in UTC.",
  program: "`gateway`, `connector` or `keys`.",
  replica: "Id of the process that writes, as in its log.",
  seq: "Counts the process's records from 1: a number that is missing is a record that was lost.",

  attempt: "Id of the login or request: the same at gateway, connector, in both logs and in the answer.",
  connection: "Which directory.",
  method:
    "`password`, `kerberos`, `certificate`, `session` (may somebody who logged in before go on?), or the operation.",
  username: "As it was typed. A pseudonym where the settings say so.",
  account: "The name as the directory spells it, where it told. A pseudonym where the settings say so.",
  subject:
    "The account's stable id in the directory, where it is known. A pseudonym where the settings say so.",
  query: "What names a search looked for begin with. A pseudonym where the settings say so.",
  address:
    "From where: the client's address, as the gateway saw it or a trusted proxy told. Its network where the settings say so.",
  application: "Id of the OpenID Connect application that sent the person, or name of the API token.",
  caller: "Who asked for an operation: name of the API token, or `self`.",
  outcome:
    "`accepted`, `denied` or `unavailable`; of an operation `done`, `refused` or `unavailable`; of a replica also `returned`.",
  reason:
    "The inner one, whatever the client was told: a denial reason, refusal or fault of errors.md, or `none`.",
  source:
    "Who answered: `live` a connector, `cache`, `throttle` (nobody was asked), or `none` (nobody could be, or had to be).",
  throttle: "Whose limit was reached: `account`, `address` or `network`.",
  cache: "What the cache knew, where it was asked: `right`, or why it let nobody in.",
  ms: "How long it took.",
  grants: "Replicas that it was granted to, one after another.",
  connector: "Id of the replica that answered last.",
  controller:
    "The domain controller: at the gateway as that replica announced it, at the connector as it was used.",
  suspected:
    "True where an earlier replica fell silent and may have sent a bind, so that the directory was asked first whether it counted.",
  silent: "Ids of replicas that fell silent over it: killed, frozen or cut off.",
  groups: "`incomplete` where not all groups of an accepted person could be read.",
  phasesMs: "How long each phase took: `searching`, `binding`, `enriching`.",
  ldapCode: "LDAP result code of the bind.",
  ldapSubCode: "Active Directory's own, such as `52e`.",

  version: "Of the program.",
  keys: "Which: `identity`, `trusted`, `bus`, `https`, `state`, `tokens` or `oidc`; of `drawbridge keys` the key's name.",
  ids: "Ids of the keys that are in use now.",
  section: "Of the settings: `gateway`, or `connector.connections.` and the connection's name.",
  digest: "Of that section, to be compared: the same settings have the same.",
  setting: "Which setting names the file.",
  why: "What is wrong with it; why an operator was refused.",
  change: "`create`, `next`, `switch` or `drop`.",
  user: "Name of the operating system's user who did it.",
  host: "Name of the machine on which it was done.",
} as const satisfies Readonly<Record<string, string>>;

type Envelope = "v" | "act" | "time" | "program" | "replica" | "seq";
export type AuditField = Exclude<keyof typeof auditFields, Envelope>;

/** What an act says beside what every record has. */
export type AuditFacts = Readonly<Partial<Record<AuditField, unknown>>>;

export interface AuditRecord {
  /** The process that wrote it, and which of its records it is: together they are its own. */
  readonly replica: string;
  readonly sequence: number;
  readonly connection: string | undefined;
  readonly attempt: string | undefined;
  /** JSON, without a line break. */
  readonly line: string;
}
