/**
 * One connection to one controller, and the only place that knows the LDAP library.
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
  AndFilter,
  Client,
  EqualityFilter,
  OrFilter,
  PasswordPolicyControl,
  PresenceFilter,
  ResultCodeError,
  SubstringFilter,
} from "ldapts";
import type { Entry, Filter } from "ldapts";
import type { Deadline } from "../../login/deadline.ts";
import type { Secret } from "../../login/secret.ts";
import type { BindAnswer } from "../accounts/bind-diagnostic.ts";
import type { BindName } from "./bind-name.ts";
import type { FailureReason } from "../directory-options.ts";
import { DirectoryEntry } from "./entry.ts";
import type { LdapFilter } from "./filter.ts";
import { openSecureSocket } from "./secure-socket.ts";
import type { ControllerAddress } from "./secure-socket.ts";
import { withinDeadline } from "./within-deadline.ts";

export interface SearchRequest {
  readonly base: string;
  readonly scope: "base" | "sub";
  readonly filter: LdapFilter;
  /** Operational attributes come only when they are named here. */
  readonly attributes: readonly string[];
  /** More matches than this are not an error; they are not returned. */
  readonly entriesMax: number;
}

export type Failure = { readonly kind: "failed"; readonly why: FailureReason };

export type SearchOutcome =
  /** References to other servers are left out: following one would take our credentials there. */
  { readonly kind: "entries"; readonly entries: readonly DirectoryEntry[] } | Failure;

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

  close(): void {
    this.#socket.destroy();
  }

  /** Closes once nothing is in flight any more; give it nothing new. */
  retire(): void {
    this.#retired = true;
    if (this.#inFlight === 0) this.close();
  }

  async #search(request: SearchRequest): Promise<SearchOutcome> {
    this.#inFlight += 1;
    try {
      const { searchEntries } = await this.#client.search(request.base, {
        scope: request.scope,
        filter: encode(request.filter),
        attributes: [...request.attributes],
        explicitBufferAttributes: [...request.attributes],
        sizeLimit: request.entriesMax,
        derefAliases: "never",
      });
      return { kind: "entries", entries: searchEntries.map(decode) };
    } catch (error) {
      return error instanceof ResultCodeError ? { kind: "failed", why: "result_code" } : this.#lost(error);
    } finally {
      this.#inFlight -= 1;
      if (this.#retired && this.#inFlight === 0) this.close();
    }
  }

  #lost(error: unknown): Failure {
    this.close();
    const timedOut = error instanceof Error && error.message.endsWith("Operation timed out");
    return { kind: "failed", why: timedOut ? "timeout" : "connection_lost" };
  }
}

function encode(filter: LdapFilter): Filter {
  switch (filter.kind) {
    case "equals":
      return new EqualityFilter({ attribute: filter.attribute, value: filter.value });
    case "starts_with":
      return new SubstringFilter({ attribute: filter.attribute, initial: filter.value });
    case "present":
      return new PresenceFilter({ attribute: filter.attribute });
    case "and":
      return new AndFilter({ filters: filter.all.map(encode) });
    case "or":
      return new OrFilter({ filters: filter.any.map(encode) });
  }
}

function decode({ dn, ...values }: Entry): DirectoryEntry {
  return new DirectoryEntry(
    dn,
    Object.entries(values).map(([attribute, value]) => [attribute, toBuffers(value)]),
  );
}

function toBuffers(value: Buffer | readonly Buffer[] | readonly string[] | string): readonly Buffer[] {
  const all = Array.isArray(value) ? value : [value];
  return all.map((one: Buffer | string) => (typeof one === "string" ? Buffer.from(one, "utf8") : one));
}
