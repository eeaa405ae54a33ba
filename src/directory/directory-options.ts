/**
 * What a directory is configured with, and what it tells while it works.
 *
 * @module
 */

import type { MonotonicClock } from "../login/deadline.ts";
import type { ControllerName, SuspicionOutcome } from "../login/ports.ts";
import type { OperationMethod } from "../login/operation.ts";
import type { PasswordStatus } from "../login/password-state.ts";
import type { Secret } from "../login/secret.ts";
import type { DenialReason } from "../login/verdict.ts";
import type { Discovered } from "./discovery/discovery.ts";
import type { GroupFilterOptions } from "./groups/group-filter.ts";
import type { TrustOptions } from "./ldap/tls-trust.ts";
import type { NameAttributes, PresetName } from "./preset.ts";
import type { ProfileOptions } from "./profile/profile-options.ts";

/** Where controllers are: listed, or named by DNS. */
export interface ControllersPlace {
  /** `ldaps://host[:port]`, or `ldap://host[:port]` together with `startTls`; most wanted first. None where they are discovered. */
  readonly controllers: readonly string[];
  /** As `controllers` are: where a search may be followed to when one of those refers it there. Nowhere else, ever. */
  readonly referrals?: readonly string[];
  readonly discovery?: {
    /** The DNS name at the end of `baseDn` where it is absent. */
    readonly domain?: string;
    /** Active Directory's name for a place; its controllers come first. */
    readonly site?: string;
    /** IP addresses, with a port where it is not 53; the system's where it is absent. */
    readonly nameServers?: readonly string[];
  };
}

/** One domain of a directory; a directory that is no Active Directory has one. */
export interface DomainOptions extends ControllersPlace {
  /** Where its people are; nobody outside it can log in. */
  readonly baseDn: string;
  /** NetBIOS name for `DOMAIN\user`. Where no domain has one, a backslash is a character like any other. */
  readonly domain?: string;
  /** What its people's principal names may end in, beside the DNS name of the domain. */
  readonly upnSuffixes?: readonly string[];
  readonly serviceAccount: {
    /** A DN, or on Active Directory a user principal name. */
    readonly name: string;
    readonly password: Secret;
  };
}

export interface DirectoryOptions extends DomainOptions, TrustOptions {
  readonly preset: PresetName;
  /** Further domains of the forest. */
  readonly otherDomains?: readonly DomainOptions[];
  /** Who is in which domain; where it is absent, or does not answer, names are searched in each. */
  readonly globalCatalog?: ControllersPlace;
  /** What names are compared with. The preset's where it is absent. */
  readonly names?: Partial<NameAttributes>;
  /** States of a right password in which it is accepted although the directory denies the login for it. */
  readonly accept?: ReadonlySet<PasswordStatus>;
  /** `listed` (default): the first that answers. `balanced`: each replica prefers one at random. */
  readonly order?: "listed" | "balanced";
  /** Encrypts `ldap://` connections. There is no way to send a password in clear. */
  readonly startTls?: boolean;
  /** The name that the certificates must have, where it is not the URL's host. */
  readonly tlsName?: string;
  /** The preset's where it is absent. */
  readonly profile?: ProfileOptions;
  readonly groups?: GroupFilterOptions & {
    /** Nobody is let in whose groups could not all be read. */
    readonly required?: boolean;
  };
  /** What may be asked beside logins. */
  readonly operations?: ReadonlySet<OperationMethod>;
  /** DN of the policy that says when accounts lock which name none of their own. */
  readonly lockoutPolicy?: string;
  readonly limits?: Partial<DirectoryLimits>;
  readonly now?: MonotonicClock;
  /** Milliseconds since 1970; only for telling when a password expires. */
  readonly wallClock?: () => number;
  /** Told about every operation and change of state; must not throw. */
  readonly observe?: (event: DirectoryEvent) => void;
}

export interface DirectoryLimits {
  /** TCP and TLS together. */
  readonly connectTimeoutMs: number;
  /** One search; a connection on which one takes longer is closed. */
  readonly searchTimeoutMs: number;
  /** One bind; a login's deadline ends it sooner. */
  readonly bindTimeoutMs: number;
  /** Longest that a search is waited for while another controller could be asked instead; usually it is far less. */
  readonly searchPatienceMs: number;
  readonly searchConnectionsMax: number;
  readonly bindConnectionsMax: number;
  /** Active Directory cuts idle connections at 900 s. */
  readonly connectionAgeMaxMs: number;
  readonly groupsTimeoutMs: number;
  readonly groupsMax: number;
  /** How long the name and nesting of a group are believed. */
  readonly groupAgeMaxMs: number;
  /** Between two looks at a controller that answers. */
  readonly probeIntervalMs: number;
  readonly probeTimeoutMs: number;
  /** A preferred controller that was down is used again after it has answered for this long, while others serve. */
  readonly failBackAfterMs: number;
  /** Before a failure time that did not move is believed: a controller may need a moment to count. */
  readonly settleMs: number;
}

export const defaultLimits: DirectoryLimits = {
  connectTimeoutMs: 2_000,
  searchTimeoutMs: 5_000,
  bindTimeoutMs: 10_000,
  searchPatienceMs: 1_000,
  searchConnectionsMax: 2,
  bindConnectionsMax: 16,
  connectionAgeMaxMs: 600_000,
  groupsTimeoutMs: 2_000,
  groupsMax: 2_000,
  groupAgeMaxMs: 60_000,
  probeIntervalMs: 5_000,
  probeTimeoutMs: 2_000,
  failBackAfterMs: 10_000,
  settleMs: 100,
};

/** `degraded`: it was slow just now; it is used when nothing better is there. */
export type ControllerState = "available" | "degraded" | "unavailable";

/** Why an operation did not get its answer. Closed, because it is logged and counted. */
export type FailureReason =
  | "timeout"
  /** The connection was refused: the machine is up, the server is not. */
  | "nobody_listens"
  /** No route, or no such host name. */
  | "unreachable"
  /** The certificate is not trusted or has another name, or there was no TLS to be had. */
  | "tls_refused"
  | "connection_lost"
  /** Every connection is in use and the queue is full. */
  | "overloaded"
  /** DNS does not name this controller any more. */
  | "not_named"
  /** The server answered with a result code that is not success. */
  | "result_code"
  | `service_account_${DenialReason | "refused"}`;

export type DirectoryEvent =
  | {
      readonly kind: "controller";
      readonly controller: ControllerName;
      readonly state: ControllerState;
      readonly why: FailureReason | "answers";
    }
  | {
      readonly kind: "operation";
      readonly controller: ControllerName;
      readonly operation: "connect" | "search" | "bind" | "write";
      readonly result: "ok" | "denied" | "error" | "timeout";
      readonly ms: number;
    }
  /** A bind was answered, and not about the person: somebody has to look at this server's settings. */
  | {
      readonly kind: "bind_refused";
      readonly controller: ControllerName;
      /** LDAP result code. @see RFC 4511 appendix A */
      readonly code: number;
      readonly why: "encryption_required" | "channel_binding_required" | "other";
    }
  /** The certificate on a new connection. */
  | {
      readonly kind: "shown";
      readonly controller: ControllerName;
      /** Since 1970. */
      readonly expiresAtMs: number;
    }
  /** The directory was asked whether a bind without an answer counted. */
  | { readonly kind: "suspicion"; readonly result: SuspicionOutcome["kind"] }
  /** DNS was asked for controllers. */
  | ({ readonly kind: "discovery"; readonly domain: string } & Discovered)
  /** A value was left out of somebody's profile. */
  | {
      readonly kind: "profile_unfit";
      /** Name in the identity. */
      readonly field: string;
      /** `type`: it is not of the type in the settings. `size`: there is too much of it. */
      readonly why: "type" | "size";
    }
  /** A password of the service account was accepted for the first time, or refused. */
  | {
      readonly kind: "service_account";
      /** `previous`: the one before, which serves until the directory knows the newest. */
      readonly password: "newest" | "previous";
      readonly result: FailureReason | "ok";
    };

/** Gauges of one controller's connections. */
export interface ConnectionCounts {
  readonly controller: ControllerName;
  readonly searchConnections: number;
  readonly searchConnectionsMax: number;
  readonly searchesInFlight: number;
  /** Age of the oldest; 0 where there is none. */
  readonly searchOldestMs: number;
  readonly bindConnections: number;
  readonly bindConnectionsMax: number;
  readonly bindConnectionsInUse: number;
  /** Of those that are idle. */
  readonly bindOldestMs: number;
  readonly bindsWaiting: number;
}
