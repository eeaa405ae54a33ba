/**
 * How everything that an application asks of a gateway ends.
 *
 * `denied` and `refused` are answers of a directory. `unavailable` and `throttled` are none: nobody could say, and a right password is
 * not wrong. `rejected` is a mistake of the application, or of its settings.
 *
 * @module
 */

/** A value that may get more members in later gateways: have a branch for those that you do not know. */
export type Open<Known extends string> = Known | (string & Record<never, never>);

export interface Group {
  readonly name: string;
  readonly distinguishedName?: string;
  /** `S-1-…`; only Active Directory has one. */
  readonly sid?: string;
}

export interface User {
  /** The only field to key anything on: it survives renames and moves. Names and mail addresses change owners. */
  readonly subjectId: string;
  /** As the directory spells it. */
  readonly accountName: string;
  readonly distinguishedName: string;
  /** `S-1-…`; only Active Directory has one. */
  readonly sid?: string;
  /** What the connector's `directory.profile` maps: `displayName`, `mail`, …; what has no value is not in it. */
  readonly profile: Readonly<Record<string, ProfileScalar | readonly ProfileScalar[]>>;
}

export type ProfileScalar = string | number | boolean;

export interface Identity extends User {
  readonly groups: readonly Group[];
  /** `incomplete` where the time or size limit for reading groups was reached. */
  readonly groupsRead: "complete" | "incomplete";
}

export interface PasswordState {
  /** `expired` and `must_change` are accepted only where the settings of the connector let them in. */
  readonly status: "valid" | "expired" | "must_change";
  /** In UTC. Absent where it never expires, or where nobody can tell. */
  readonly expiresAt?: string;
  /** The whole days until then. */
  readonly expiresInDays?: number;
}

export type LoginOutcome = Accepted | Denied | Throttled | Unavailable | Rejected;
export type PasswordChangeOutcome = PasswordSet | ChangeRefused | Throttled | Unavailable | Rejected;
export type PasswordResetOutcome = PasswordSet | Refused | Unavailable | Rejected;
export type UserPageOutcome = UserPage | Refused | Unavailable | Rejected;
export type GroupPageOutcome = GroupPage | Refused | Unavailable | Rejected;

interface Attempted {
  /** Id of this request in every log on the way: worth a line in yours. */
  readonly attempt: string;
}

export interface Accepted extends Attempted {
  readonly outcome: "accepted";
  readonly identity: Identity;
  /** No directory could be asked, and the cache answered. Absent where the directory did. */
  readonly source?: "cache";
  readonly password?: PasswordState;
}

export interface Denied extends Attempted {
  readonly outcome: "denied";
  /** As far as it may be told: `bad_credentials` is also said of names that nobody has. */
  readonly reason: Open<DenialReason>;
}

export interface PasswordSet extends Attempted {
  readonly outcome: "done";
}

export interface UserPage extends Attempted, Page {
  readonly outcome: "done";
  readonly users: readonly User[];
}

export interface GroupPage extends Attempted, Page {
  readonly outcome: "done";
  readonly groups: readonly Group[];
}

interface Page {
  /** For the next page; absent on the last. */
  readonly cursor?: string;
  /** There are more matches than are ever listed: a longer text finds the rest. */
  readonly truncated: boolean;
}

export interface Refused extends Attempted {
  readonly outcome: "refused";
  readonly reason: Open<Refusal>;
}

export interface ChangeRefused extends Attempted {
  readonly outcome: "refused";
  /** `wrong_old_password` is also said of names that nobody has. */
  readonly reason: Open<ChangeRefusal>;
}

/** Too many wrong passwords for this account or from this address. Nothing was tried; the right one would end so too. */
export interface Throttled extends Attempted {
  readonly outcome: "throttled";
  readonly retryAfterMs: number;
}

/** Nobody could say. Not a wrong password. */
export interface Unavailable {
  readonly outcome: "unavailable";
  readonly fault: Open<Fault> | ClientFault;
  /** Absent where no gateway answered. */
  readonly attempt?: string;
  /** Absent where no gateway said so. */
  readonly retryAfterMs?: number;
  /** For the log: a code or a status, never anything of the request. */
  readonly detail?: string;
}

/** The request is wrong, or the token is: nothing was asked of anybody. A name or password that is empty or too long ends so too. */
export interface Rejected {
  readonly outcome: "rejected";
  readonly status: number;
  readonly code: Open<ProblemCode>;
  /** For whoever writes the application. */
  readonly message: string;
  /** The field that is meant. */
  readonly field?: string;
}

/**
 * What this side found out by itself.
 *
 * - `unreachable`: no connection could be made; nothing was sent.
 * - `interrupted`: the connection broke before the answer was there. A wrong password may have been counted.
 * - `timeout`: the deadline passed first. A wrong password may have been counted.
 * - `bad_answer`: what came back was not from a gateway.
 */
export type ClientFault = "unreachable" | "interrupted" | "timeout" | "bad_answer";

export type DenialReason =
  | "bad_credentials"
  | "account_disabled"
  | "account_expired"
  | "account_locked"
  | "password_expired"
  | "password_must_change"
  | "logon_hours"
  | "workstation_restricted"
  | "logon_type_not_granted"
  | "certificate_expired"
  | "certificate_not_yet_valid"
  | "certificate_revoked"
  | "ticket_malformed"
  | "ticket_ntlm"
  | "ticket_clock_skew"
  | "ticket_expired"
  | "ticket_wrong_service"
  | "ticket_wrong_key"
  | "ticket_old_key"
  | "ticket_refused"
  | "ticket_replayed"
  | "ticket_foreign_realm";

export type ChangeRefusal =
  | "not_offered"
  | "wrong_old_password"
  | "account_locked"
  | "too_weak"
  | "in_history"
  | "too_young"
  | "policy"
  | "not_permitted"
  | "expired";

export type Refusal =
  ChangeRefusal | "unknown_account" | "ambiguous_account" | "account_disabled" | "bad_cursor";

export type Fault =
  | "no_connector"
  | "gateway_busy"
  | "connector_busy"
  | "connector_not_ready"
  | "directory_unreachable"
  | "directory_refused"
  | "bind_unresolved"
  | "change_unresolved"
  | "groups_incomplete"
  | "revocation_unknown"
  | "ticket_check_down"
  | "keytab_outdated"
  | "replays_unknown"
  | "throttled"
  | "deadline_exceeded"
  | "bus_disconnected"
  | "internal_error";

export type ProblemCode =
  | "malformed_json"
  | "invalid_request"
  | "empty_name"
  | "name_too_long"
  | "name_control_character"
  | "name_malformed"
  | "empty_password"
  | "password_too_long"
  | "unknown_connection"
  | "bad_request"
  | "client_certificate_malformed"
  | "client_certificate_too_large"
  | "no_client_certificate"
  | "no_ticket"
  | "unauthorized"
  | "forbidden"
  | "not_offered"
  | "not_found"
  | "method_not_allowed"
  | "request_timeout"
  | "body_too_large"
  | "unsupported_media_type"
  | "headers_too_large";
