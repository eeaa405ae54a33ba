/**
 * What the parts ask of each other, in the words of the domain.
 *
 * A connector replica holds one {@link Verifier} a method; a verifier that needs a directory is handed a
 * {@link Directory}. Neither knows about NATS: whether a bind may be sent is asked through
 * {@link VerifierContext}.
 *
 * @module
 */

import type { AccountKey } from "./account-key.ts";
import type { AccountName } from "./account-name.ts";
import type { Attempt, AttemptId, LoginMethod } from "./attempt.ts";
import type { Deadline } from "./deadline.ts";
import type { Identity } from "./identity.ts";
import type { Operation, OperationEnd } from "./operation.ts";
import type { PasswordState } from "./password-state.ts";
import type { Secret } from "./secret.ts";
import type { AccountLookup } from "./standing.ts";
import type { DenialReason, Fault, Verdict } from "./verdict.ts";

/** One directory server, named by its URL's host and port (`dc1.example.test:636`). */
export type ControllerName = string & { readonly brand: "ControllerName" };

/**
 * The account's failure time as one controller counts it, as decimal digits that grow with time, in that directory's own unit
 * (badPasswordTime: 100 ns since 1601; pwdFailureTime: its date and time with microseconds), `"0"` when it never failed.
 * Only compared, by {@link Directory.checkSuspicion}; never shown.
 */
export type FailureMarker = string & { readonly brand: "FailureMarker" };

/** Why another replica may already have sent this attempt's bind, and what is known about it. */
export interface Suspicion {
  /** Where the bind would have gone. */
  readonly controller: ControllerName;
  /** The failure marker before that bind; absent when the announcement of the bind was never heard. */
  readonly marker?: FailureMarker;
  /** The bind, if there was one, was sent within the last so many milliseconds: since the last word from which it was known that none was. */
  readonly withinMs: number;
}

export const phases = ["searching", "binding", "enriching"] as const;
export type Phase = (typeof phases)[number];

/** What is said before a bind, so that a later replica can tell whether that bind counted. */
export interface BindEvidence {
  readonly controller: ControllerName;
  /** Absent where the directory keeps no failure time. */
  readonly marker?: FailureMarker;
  /**
   * True where the directory offers no clock of its own to judge a lost announcement by (OpenLDAP): then the bind waits
   * until the gateway has confirmed that it holds the marker.
   */
  readonly confirm: boolean;
}

/** What a directory answered to a bind: numbers alone, because its words may name the account. */
export interface DirectoryAnswer {
  /** LDAP result code. */
  readonly code: number;
  /** Active Directory's own, such as `52e`. */
  readonly subCode?: string;
}

/** What a verifier tells, and must ask, while it works on one attempt. */
export interface VerifierContext {
  readonly deadline: Deadline;
  /** Present when an earlier grant of this attempt went silent. */
  readonly suspicion?: Suspicion;
  report(phase: Phase): void;
  /**
   * Asked when everything that a bind needs is at hand, immediately before its first byte; the bind must be written in the
   * same turn of the event loop in which this resolves, or in one in which `mayBind` is true.
   *
   * @returns `expired` when the window of the grant has passed: the bind must not be sent any more.
   */
  permitBind(evidence: BindEvidence): Promise<"permitted" | "expired">;
  /** Whether what was permitted last still is. */
  readonly mayBind: boolean;
  /** Told of the answer to a bind, for whoever has to explain this attempt later. */
  answered?(answer: DirectoryAnswer): void;
  /** Waits for what is neither a controller's work nor this replica's: the attempt holds no slot meanwhile, within a bound. */
  aside<T>(work: Promise<T>): Promise<T>;
}

/** `returned`: no bind of this attempt has counted here and none will be sent, so another replica may try. */
export type VerifierEnd = Verdict | { readonly outcome: "returned"; readonly why: ReturnReason };
export type ReturnReason = "expired" | Fault;

/** As {@link VerifierEnd}: what was begun here is ended, or handed back because nothing was done. */
export type OperatorEnd = OperationEnd | { readonly outcome: "returned"; readonly why: ReturnReason };

/** Does what an application asks beside logins. */
export interface Operator {
  /** @throws never for what a directory, network or person does. */
  perform(operation: Operation | AccountLookup, context: VerifierContext): Promise<OperatorEnd>;
}

/** Checks one kind of credential. */
export interface Verifier<A extends Attempt = Attempt> {
  /** False while it could only hand attempts back, so that none is taken. Always ready where it is absent. */
  readonly ready?: boolean;
  /** @throws never for what a directory, network or person does; a throw is a defect and becomes `unavailable`. */
  verify(attempt: A, context: VerifierContext): Promise<VerifierEnd>;
}

/** The methods that a connection offers. */
export type Verifiers = {
  readonly [M in LoginMethod]?: Verifier<Extract<Attempt, { readonly method: M }>>;
};

/**
 * The tickets that replicas have accepted lately, so that one is not accepted twice.
 *
 * A ticket is remembered together with the attempt that brought it: where a replica dies after that, the next one gets the same attempt
 * and must not take it for a replay.
 */
export interface TicketMemory {
  /**
   * @param ticket  Digest of what cannot be changed about it; letters, digits, `-` and `_`.
   * @returns `known`: another attempt brought it. `unavailable`: nobody could say by the deadline.
   */
  remember(ticket: string, attempt: AttemptId, deadline: Deadline): Promise<"new" | "known" | "unavailable">;
}

/** An account as one search found it on one controller; what follows for this attempt stays on that controller. */
export interface Account {
  readonly controller: ControllerName;
  readonly distinguishedName: string;
  readonly marker?: FailureMarker;
}

export type FindOutcome =
  | { readonly kind: "found"; readonly account: Account }
  | { readonly kind: "none" }
  | { readonly kind: "several" }
  | { readonly kind: "unavailable"; readonly fault: Fault };

export type BindOutcome =
  | { readonly kind: "accepted"; readonly password?: PasswordState }
  | { readonly kind: "denied"; readonly reason: DenialReason }
  /** No byte of the bind was sent, or the server said that it did not look at it: nothing can have counted. */
  | { readonly kind: "not_sent"; readonly why: ReturnReason }
  /**
   * The bind was, or may have been, sent; no answer came. The connection is closed.
   *
   * `mayStillCount`: it was the time that ran out, not the connection that broke. A controller so slow may count it at any
   * moment, so binding again is never harmless.
   */
  | { readonly kind: "unresolved"; readonly mayStillCount: boolean }
  /** The directory answered, and not about the person (result codes such as `busy`, `unwillingToPerform`). */
  | { readonly kind: "refused"; readonly fault: Fault };

export type SuspicionOutcome =
  /** The failure time moved since the suspected bind: that bind was the wrong password. */
  | { readonly kind: "moved" }
  /** It did not move: the suspected bind never counted, binding again can do no harm. */
  | { readonly kind: "unmoved" }
  /** The controller in question could not be asked. */
  | { readonly kind: "unknown" };

export type IdentityOutcome =
  | { readonly kind: "read"; readonly identity: Identity; readonly password?: PasswordState }
  | { readonly kind: "unavailable"; readonly fault: Fault };

export type AccountJudgement =
  /** Why the account may not be used, the most final first; empty where nothing is the matter. */
  | { readonly kind: "judged"; readonly problems: readonly DenialReason[] }
  /** What decides it cannot be read. */
  | { readonly kind: "unavailable"; readonly fault: Fault };

/**
 * A directory that people log in against: all its controllers, their health and their connections.
 *
 * No method throws for what a network or server does. Each waits at most until the deadline it is given, and never for a
 * controller that is known to be down.
 */
export interface Directory extends AsyncDisposable {
  /** The controller that the next login would use; undefined while none answers. */
  controller(): ControllerName | undefined;
  /** Calls back with what {@link controller} now yields, each time that it changes. */
  onControllerChange(listener: (controller: ControllerName | undefined) => void): void;
  /**
   * Finds exactly one account. A search is retried on another controller when one fails under it.
   * @param on  Ask this controller first, where it is one of ours and answers.
   */
  findAccount(name: AccountName, deadline: Deadline, on?: ControllerName): Promise<FindOutcome>;
  /**
   * Finds exactly one account by what a credential says of it instead of a name. With no password to tell who is right, it is `found`
   * only where every domain that may hold another one has answered.
   */
  findAccountBy(key: AccountKey, deadline: Deadline): Promise<FindOutcome>;
  /** Asks whether a suspected bind counted, on the controller that it went to. */
  checkSuspicion(account: Account, suspicion: Suspicion, deadline: Deadline): Promise<SuspicionOutcome>;
  /** Sends one simple bind on a connection that holds nothing else, after `context.permitBind`. Never retried. */
  bind(account: Account, password: Secret, context: VerifierContext): Promise<BindOutcome>;
  /**
   * Whether the account may be used, from what the search for it brought: for a login without a password, which no controller judges.
   *
   * The password's own age is among the problems. Whether it matters to somebody who used none is for the caller to say.
   */
  judge(account: Account): AccountJudgement;
  /** Profile and groups, read by the service account; may run while the bind is under way. */
  readIdentity(account: Account, deadline: Deadline): Promise<IdentityOutcome>;
}
