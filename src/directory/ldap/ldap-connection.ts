/**
 * One connection to one controller; with the `wire-*.ts` beside it the only place that knows the LDAP library.
 *
 * Fences what ldapts does by itself: it never connects (it is handed a socket that is encrypted already, and once), so it can
 * neither reopen a dropped connection unauthenticated nor fall back to clear text; it is given no name that it could read as a SASL
 * mechanism and no empty password; values reach us as bytes; its error texts, which hold the server's diagnostics, end here. After
 * any error but a result code the connection is closed and not used again.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import {
  Attribute,
  Change,
  Client,
  NoSuchObjectError,
  PasswordPolicyControl,
  ResultCodeError,
  ResultsTooLargeError,
  SizeLimitExceededError,
} from "ldapts";
import type { Control, Entry, SearchOptions } from "ldapts";
import type { Deadline } from "../../login/deadline.ts";
import type { Secret } from "../../login/secret.ts";
import type { BindAnswer } from "../accounts/bind-diagnostic.ts";
import type { BindName } from "./bind-name.ts";
import type { FailureReason } from "../directory-options.ts";
import type { DirectoryEntry } from "./entry.ts";
import { present } from "./filter.ts";
import type { LdapFilter } from "./filter.ts";
import { openSecureSocket } from "./secure-socket.ts";
import type { ControllerAddress } from "./secure-socket.ts";
import { asBytes, decodeEntry, rangeFrom } from "./wire-entry.ts";
import type { DecodedEntry } from "./wire-entry.ts";
import { wireFilter } from "./wire-filter.ts";
import { modifyPasswordOid, passwordModification, PolicyHintsControl } from "./wire-password.ts";
import type { PolicyHintsOid } from "./wire-password.ts";
import { withinDeadline } from "../../login/within-deadline.ts";

export interface SearchRequest {
  readonly base: string;
  readonly scope: "base" | "sub";
  readonly filter: LdapFilter;
  /** Operational attributes come only when they are named here. */
  readonly attributes: readonly string[];
  /** More matches than this are not an error; they are not returned. Above {@link pageSize} they come in pages. */
  readonly entriesMax: number;
}

export type Failure = {
  readonly kind: "failed";
  readonly why: FailureReason;
  /** LDAP result code, where `why` is `result_code`. */
  readonly code?: number;
};

export type SearchOutcome =
  | {
      readonly kind: "entries";
      readonly entries: readonly DirectoryEntry[];
      /** URLs of other servers that may have more. Not followed here: that would take our credentials there. */
      readonly references: readonly string[];
      /** True where there are more than were asked for; only looked for in what comes in pages. */
      readonly more: boolean;
    }
  | Failure;

/** One change of an entry. @see RFC 4511 §4.6 */
export interface Modification {
  readonly operation: "add" | "delete" | "replace";
  readonly attribute: string;
  readonly value: Buffer;
}

export interface WriteAnswer {
  /** LDAP result code. */
  readonly code: number;
  /** Free text of the server; must go nowhere else, it may name the account. */
  readonly diagnostic: string;
  /** `error` of the password policy control, where one came back. */
  readonly policyError?: number;
}

export type AnsweredWrite = { readonly kind: "answered"; readonly answer: WriteAnswer } | Failure;

export type AnsweredBind = { readonly kind: "answered"; readonly answer: BindAnswer } | Failure;

export type ConnectionOutcome = { readonly kind: "connected"; readonly connection: LdapConnection } | Failure;

export interface ConnectionOptions {
  readonly address: ControllerAddress;
  /** An operation that takes longer closes the connection, with all that is on it. */
  readonly operationTimeoutMs: number;
  readonly hasPasswordPolicyControl: boolean;
  /** Called once, whoever closes the connection. */
  readonly onClose: () => void;
}

/** RFC 2696: of what one answer may hold, Active Directory allows 1000. */
export const pageSize = 500;

/** Parts of one attribute's values that are asked for, one after the other; Active Directory sends 1500 or 5000 at once. */
const rangesMax = 100;

/** RFC 4511 §4.14. */
const startTlsOid = "1.3.6.1.4.1.1466.20037";

/** @param deadline  For TCP and TLS. */
export async function openConnection(
  options: ConnectionOptions,
  deadline: Deadline,
): Promise<ConnectionOutcome> {
  const opened = await openSecureSocket(options.address, deadline, askForTls);
  return opened.kind === "open"
    ? { kind: "connected", connection: new LdapConnection(opened.socket, options) }
    : opened;
}

/** By a client of its own, which sees nothing but this one exchange. */
async function askForTls(socket: Socket): Promise<void> {
  const client = new Client({ url: "ldap://localhost", createConnection: () => socket });
  await client.exop(startTlsOid);
  // What stays attached would read the encrypted bytes as LDAP.
  for (const event of ["data", "end", "timeout", "close"]) socket.removeAllListeners(event);
}

export class LdapConnection {
  readonly #client: Client;
  readonly #socket: TLSSocket;
  readonly #hasPasswordPolicyControl: boolean;
  #inFlight = 0;
  #retired = false;

  constructor(socket: TLSSocket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#hasPasswordPolicyControl = options.hasPasswordPolicyControl;
    let handedOver = false;
    this.#client = new Client({
      url: "ldaps://localhost",
      timeout: options.operationTimeoutMs,
      createSecureConnection: () => {
        assert.ok(!handedOver, "a connection is never reopened");
        handedOver = true;
        return socket;
      },
    });
    // Read from the start, or the server's closing of an idle connection would go unnoticed. It says nothing before it is asked.
    socket.resume();
    socket.once("close", options.onClose);
  }

  get closed(): boolean {
    return this.#socket.destroyed || !this.#socket.writable;
  }

  /** Of the certificate that the server showed, since 1970; undefined where the connection is closed. */
  get certificateExpiresAtMs(): number | undefined {
    return this.#socket.destroyed ? undefined : Date.parse(this.#socket.getPeerCertificate().valid_to);
  }

  /** Searches without an answer. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Past the deadline nobody waits for the answer, and the other searches on the connection go on. */
  async search(request: SearchRequest, deadline: Deadline): Promise<SearchOutcome> {
    if (this.closed) return { kind: "failed", why: "connection_lost" };
    const outcome = await withinDeadline(deadline, this.#search(request));
    return outcome === "timeout" ? { kind: "failed", why: "timeout" } : outcome;
  }

  /**
   * Sends one simple bind; its bytes are written before this function returns its promise.
   *
   * @param deadline  When it passes the connection is closed: the answer would belong to nobody.
   */
  async bind(name: BindName, password: Secret, deadline: Deadline): Promise<AnsweredBind> {
    const text = password.reveal();
    // RFC 4513 §5.1.2: a server may answer success to an empty password without checking anything.
    assert.ok(text !== "", "an empty password must never be sent");
    if (this.closed) return { kind: "failed", why: "connection_lost" };
    this.#socket.uncork();
    const policy = new PasswordPolicyControl();
    const controls = this.#hasPasswordPolicyControl ? [policy] : [];
    const answered = (code: number, diagnostic: string): AnsweredBind => {
      const { error, timeBeforeExpiration, graceAuthNsRemaining } = policy.value ?? {};
      return {
        kind: "answered",
        answer: {
          code,
          diagnostic,
          ...(error === undefined ? {} : { policyError: error }),
          ...(timeBeforeExpiration === undefined ? {} : { expiresInSeconds: timeBeforeExpiration }),
          ...(graceAuthNsRemaining === undefined ? {} : { graceLoginsLeft: graceAuthNsRemaining }),
        },
      };
    };
    const outcome = await withinDeadline(
      deadline,
      this.#client.bind(name, text, controls).then(
        () => answered(0, ""),
        (error: unknown) =>
          error instanceof ResultCodeError ? answered(error.code, error.message) : this.#lost(error),
      ),
    );
    if (outcome !== "timeout") return outcome;
    this.close();
    return { kind: "failed", why: "timeout" };
  }

  /**
   * Asks whether an attribute has a value. It tells what a search does not: an attribute that one may not read from one that is absent.
   */
  async compare(
    name: string,
    attribute: string,
    value: string,
    deadline: Deadline,
  ): Promise<{ readonly kind: "compared"; readonly isSame: boolean } | Failure> {
    if (this.closed) return { kind: "failed", why: "connection_lost" };
    this.#inFlight += 1;
    const compared = this.#client
      .compare(name, attribute, value)
      .then(
        (isSame) => ({ kind: "compared", isSame }) as const,
        (error: unknown) => this.#failed(error),
      )
      .finally(() => this.#ended());
    const outcome = await withinDeadline(deadline, compared);
    return outcome === "timeout" ? { kind: "failed", why: "timeout" } : outcome;
  }

  /**
   * Changes one entry, all or nothing; the bytes are written before this function returns its promise.
   *
   * @param keepsHistory  Ask that a new password is held against the history even though an administrator sets it
   *   (LDAP_SERVER_POLICY_HINTS_OID, MS-ADTS 3.1.1.3.4.1.27).
   */
  modify(
    name: string,
    modifications: readonly Modification[],
    deadline: Deadline,
    keepsHistory: PolicyHintsOid | undefined,
  ): Promise<AnsweredWrite> {
    const changes = modifications.map(
      ({ operation, attribute, value }) =>
        new Change({ operation, modification: new Attribute({ type: attribute, values: [value] }) }),
    );
    const hints = keepsHistory === undefined ? [] : [new PolicyHintsControl(keepsHistory)];
    return this.#write((policy) => this.#client.modify(name, changes, [...hints, ...policy]), deadline);
  }

  /**
   * Sets a password by the extended operation of RFC 3062; its bytes are written before this function returns its promise.
   *
   * @param oldPassword  Absent where somebody else's password is set.
   */
  modifyPassword(
    name: string,
    oldPassword: Secret | undefined,
    newPassword: Secret,
    deadline: Deadline,
  ): Promise<AnsweredWrite> {
    const value = passwordModification(name, oldPassword, newPassword);
    return this.#write((policy) => this.#client.exop(modifyPasswordOid, value, policy), deadline);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Closes once nothing is in flight any more; give it nothing new. */
  retire(): void {
    this.#retired = true;
    if (this.#inFlight === 0) this.close();
  }

  async #write(send: (controls: Control[]) => Promise<unknown>, deadline: Deadline): Promise<AnsweredWrite> {
    if (this.closed) return { kind: "failed", why: "connection_lost" };
    this.#socket.uncork();
    const policy = new PasswordPolicyControl();
    const answered = (code: number, diagnostic: string): AnsweredWrite => {
      const policyError = policy.value?.error;
      return {
        kind: "answered",
        answer: { code, diagnostic, ...(policyError === undefined ? {} : { policyError }) },
      };
    };
    this.#inFlight += 1;
    const answer = send(this.#hasPasswordPolicyControl ? [policy] : [])
      .then(
        () => answered(0, ""),
        (error: unknown) =>
          error instanceof ResultCodeError ? answered(error.code, error.message) : this.#lost(error),
      )
      .finally(() => this.#ended());
    const outcome = await withinDeadline(deadline, answer);
    return outcome === "timeout" ? { kind: "failed", why: "timeout" } : outcome;
  }

  #ended(): void {
    this.#inFlight -= 1;
    if (this.#retired && this.#inFlight === 0) this.close();
  }

  /** Searches that begin in one turn of the event loop leave in one write: each costs a system call and a TLS record, here and there. */
  #gather(): void {
    if (this.#socket.writableCorked > 0) return;
    this.#socket.cork();
    setImmediate(() => this.#socket.uncork());
  }

  async #search(request: SearchRequest): Promise<SearchOutcome> {
    this.#inFlight += 1;
    this.#gather();
    try {
      const options = {
        scope: request.scope,
        filter: wireFilter(request.filter),
        attributes: [...request.attributes],
        explicitBufferAttributes: asBytes,
        derefAliases: "never",
      } satisfies SearchOptions;
      if (request.entriesMax > pageSize) return await this.#searchInPages(request, options);
      const found = await this.#client.search(request.base, { ...options, sizeLimit: request.entriesMax });
      const entries = await this.#whole(found.searchEntries);
      return { kind: "entries", entries, references: found.searchReferences, more: false };
    } catch (error) {
      return this.#failed(error);
    } finally {
      this.#ended();
    }
  }

  #failed(error: unknown): Failure {
    if (!(error instanceof ResultCodeError)) return this.#lost(error);
    return { kind: "failed", why: "result_code", code: error.code };
  }

  async #searchInPages(request: SearchRequest, options: SearchOptions): Promise<SearchOutcome> {
    const entries: DirectoryEntry[] = [];
    const references: string[] = [];
    const pages = this.#client.searchPaginated(request.base, { ...options, paged: { pageSize } });
    try {
      for await (const { searchEntries, searchReferences } of pages) {
        entries.push(...(await this.#whole(searchEntries)));
        references.push(...searchReferences);
        if (entries.length > request.entriesMax) {
          return { kind: "entries", entries: entries.slice(0, request.entriesMax), references, more: true };
        }
      }
    } catch (error) {
      // Some servers also limit the sum of all pages.
      if (error instanceof SizeLimitExceededError)
        return { kind: "entries", entries, references, more: true };
      throw error;
    }
    return { kind: "entries", entries, references, more: false };
  }

  async #whole(found: readonly Entry[]): Promise<readonly DirectoryEntry[]> {
    const entries: DirectoryEntry[] = [];
    for (const decoded of found.map(decodeEntry)) {
      entries.push(decoded.parts.length === 0 ? decoded.entry : await this.#readOn(decoded));
    }
    return entries;
  }

  /** Asks for the rest of every attribute of which the server sent only a part. */
  async #readOn({ entry: begun, parts: open }: DecodedEntry): Promise<DirectoryEntry> {
    let [entry, parts] = [begun, open];
    for (let round = 0; parts.length > 0; round += 1) {
      if (round === rangesMax) throw new ResultsTooLargeError("too many values of one attribute");
      const { searchEntries } = await this.#client.search(entry.distinguishedName, {
        scope: "base",
        filter: wireFilter(present("objectClass")),
        attributes: parts.map(({ attribute, next = 0 }) => rangeFrom(attribute, next)),
        explicitBufferAttributes: asBytes,
      });
      const [rest] = searchEntries.map(decodeEntry);
      // Gone meanwhile: what it was a moment ago is not the whole either.
      if (rest === undefined) throw new NoSuchObjectError();
      for (const { attribute } of parts) {
        entry = entry.with(attribute, [...entry.bytes(attribute), ...rest.entry.bytes(attribute)]);
      }
      parts = rest.parts;
    }
    return entry;
  }

  #lost(error: unknown): Failure {
    this.close();
    const timedOut = error instanceof Error && error.message.endsWith("Operation timed out");
    return { kind: "failed", why: timedOut ? "timeout" : "connection_lost" };
  }
}
