/**
 * The sessions of this gateway process with the replicas of one connection.
 *
 * A session is set up ahead of need: when a heartbeat names a certificate that is new here, or when one is old or much used, or was set
 * up with another identity key than the present one. A login that comes first waits for it, unless an earlier one still serves.
 *
 * @module
 */

import type { ConnectionName } from "../login/attempt.ts";
import type { MonotonicClock } from "../login/deadline.ts";
import { remember } from "../login/remember.ts";
import { certificateId, openCertificate } from "../protocol/certificate.ts";
import type { IdentityKey, PinnedKeys } from "../protocol/identity-key.ts";
import type { GatewayInboxMessage, Message } from "../protocol/messages.ts";
import { offerSession, sessionMessagesMax } from "../protocol/session.ts";
import type { Session } from "../protocol/session.ts";
import type { ProcessId } from "../protocol/subjects.ts";
import { sessionAgeMaxMs, sessionRenewedAfterMs } from "../protocol/timing.ts";
import type { Events } from "../telemetry/events.ts";

export interface OpenedSessionsDeps {
  readonly connection: ConnectionName;
  readonly gateway: ProcessId;
  readonly identity: IdentityKey;
  readonly connectorKeys: PinnedKeys;
  readonly events: Events;
  readonly now: MonotonicClock;
  readonly wallClock: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Publishes with this gateway's inbox as the reply. */
  readonly send: (inbox: string, message: Message) => boolean;
}

/** Who is to be at the other end, as a claim or heartbeat names it. Nothing of it is believed before the certificate is. */
export interface Peer {
  readonly replica: ProcessId;
  readonly inbox: string;
  readonly certificate: string;
}

type HandshakeMessage = Extract<GatewayInboxMessage, { type: "certificate" | "session_state" }>;

/** Three round trips on the bus and about 5 ms of arithmetic. */
const handshakeTimeoutMs = 1_000;
/** A peer that failed is not asked again at once, whoever claims in its name. */
const failedPauseMs = 1_000;
/** A replica loses its sessions with its keys, an hour after the set-up at the earliest. */
const doubtedAfterMs = 60_000;
const sessionsMax = 2_000;
const handshakesMax = 64;
const messagesRenewedAfter = sessionMessagesMax / 2;

interface Opened {
  readonly session: Session;
  readonly certificate: string;
  /** The id of the replica's identity key. */
  readonly signedBy: string;
  /** The id of this gateway's own, at the time. */
  readonly offeredBy: string;
  readonly openedAtMs: number;
}

export class OpenedSessions {
  readonly #deps: OpenedSessionsDeps;
  #identity: IdentityKey;
  #pins: PinnedKeys;
  /** The newest of each certificate. */
  readonly #sessions = new Map<string, Opened>();
  /** All that can still open something; the oldest first. */
  readonly #bySessionId = new Map<string, Opened>();
  readonly #handshakes = new Map<string, Promise<Session | undefined>>();
  readonly #failedAtMs = new Map<string, number>();
  readonly #waiting = new Map<string, (message: HandshakeMessage) => void>();

  constructor(deps: OpenedSessionsDeps) {
    this.#deps = deps;
    this.#identity = deps.identity;
    this.#pins = deps.connectorKeys;
  }

  find(session: string): Session | undefined {
    const found = this.#bySessionId.get(session);
    return found !== undefined && this.#isGood(found) ? found.session : undefined;
  }

  /** Who has shown a certificate of a pinned key, and has a session. */
  get peers(): ReadonlySet<ProcessId> {
    return new Set([...this.#sessions.values()].map(({ session }) => session.peer));
  }

  /** @returns undefined when the peer could not prove who it is, or did not answer. */
  async obtain(peer: Peer): Promise<Session | undefined> {
    const open = this.#sessions.get(peer.certificate);
    if (open !== undefined && open.session.peer !== peer.replica) return undefined;
    if (open === undefined || !this.#isGood(open)) return this.#handshake(peer);
    // It goes on serving while the next one is set up.
    if (this.#isDue(open)) void this.#handshake(peer);
    return open.session;
  }

  /** Who this gateway shows to be from now on; the replicas must believe it already. */
  renewIdentity(identity: IdentityKey): void {
    this.#identity = identity;
  }

  /** Whom to believe from now on; sessions with all others end at once. */
  renewPins(pins: PinnedKeys): void {
    this.#pins = pins;
    this.sweep();
  }

  /** Drops the sessions that have ended. */
  sweep(): void {
    for (const sessions of [this.#sessions, this.#bySessionId]) {
      for (const [key, opened] of sessions) if (!this.#isGood(opened)) sessions.delete(key);
    }
  }

  #isGood({ session, signedBy, openedAtMs }: Opened): boolean {
    return (
      this.#deps.now() - openedAtMs < sessionAgeMaxMs &&
      session.messages < sessionMessagesMax &&
      this.#pins.has(signedBy)
    );
  }

  #isDue({ session, offeredBy, openedAtMs }: Opened): boolean {
    return (
      this.#deps.now() - openedAtMs >= sessionRenewedAfterMs ||
      session.messages >= messagesRenewedAfter ||
      offeredBy !== this.#identity.id
    );
  }

  async #handshake(peer: Peer): Promise<Session | undefined> {
    // Keyed by inbox too, so that a claim in another replica's name does not stand in the way of the real one.
    const key = `${peer.certificate} ${peer.inbox}`;
    const underway = this.#handshakes.get(key);
    if (underway !== undefined) return underway;
    const failedAtMs = this.#failedAtMs.get(key);
    if (failedAtMs !== undefined && this.#deps.now() - failedAtMs < failedPauseMs) return undefined;
    if (this.#handshakes.size >= handshakesMax) return undefined;

    const handshake = this.#shakeHands(peer, key)
      .catch((error: unknown) => {
        this.#deps.events.defect({ where: "session", error });
        return undefined;
      })
      .finally(() => this.#handshakes.delete(key));
    this.#handshakes.set(key, handshake);
    return handshake;
  }

  receive(message: HandshakeMessage): void {
    if (message.type === "session_state" && !message.known) this.#forget(message.session, message.replica);
    const key =
      message.type === "certificate"
        ? `certificate ${certificateId(message.certificate)}`
        : `session ${message.session}`;
    this.#waiting.get(key)?.(message);
  }

  async #shakeHands(peer: Peer, key: string): Promise<Session | undefined> {
    const { connection, gateway, events, now } = this.#deps;
    const identity = this.#identity;
    const startedAtMs = now();
    const shown = await this.#ask(peer, `certificate ${peer.certificate}`, {
      v: 1,
      type: "certificate_request",
      certificate: peer.certificate,
    });
    if (shown?.type !== "certificate") return this.#failed(key, "no_certificate");
    const expected = { connection, replica: peer.replica, id: peer.certificate };
    const certificate = await openCertificate(
      shown.certificate,
      expected,
      this.#pins,
      this.#deps.wallClock(),
    );
    if (certificate === undefined) return this.#failed(key, "bad_certificate");

    const { session, offer } = await offerSession(
      { connection, gateway, certificate },
      identity,
      this.#deps.randomBytes,
    );
    const accepted = await this.#ask(peer, `session ${session.id}`, { v: 1, type: "session_offer", offer });
    if (accepted?.type !== "session_state" || !accepted.known) return this.#failed(key, "not_accepted");
    const opened = {
      session,
      certificate: peer.certificate,
      signedBy: certificate.signedBy,
      offeredBy: identity.id,
      openedAtMs: now(),
    };
    // The pins may have changed meanwhile.
    if (!this.#isGood(opened)) return this.#failed(key, "bad_certificate");
    this.#remember(opened);
    events.sessionOpened({ connection, replica: peer.replica, ms: now() - startedAtMs });
    return session;
  }

  #ask({ inbox }: Peer, key: string, message: Message): Promise<HandshakeMessage | undefined> {
    return new Promise((resolve) => {
      const done = (answer: HandshakeMessage | undefined): void => {
        clearTimeout(timer);
        this.#waiting.delete(key);
        resolve(answer);
      };
      const timer = setTimeout(() => done(undefined), handshakeTimeoutMs / 2);
      this.#waiting.set(key, done);
      if (!this.#deps.send(inbox, message)) done(undefined);
    });
  }

  #failed(key: string, why: "no_certificate" | "bad_certificate" | "not_accepted"): undefined {
    remember(this.#failedAtMs, key, this.#deps.now(), sessionsMax);
    this.#deps.events.sessionRefused({ connection: this.#deps.connection, why });
  }

  #remember(opened: Opened): void {
    remember(this.#sessions, opened.certificate, opened, sessionsMax);
    remember(this.#bySessionId, opened.session.id, opened, sessionsMax);
  }

  /** A hint in clear. Forged ones must not use up the sessions that a replica can hold, so that a young session is not doubted. */
  #forget(id: string, replica: ProcessId): void {
    const opened = this.#bySessionId.get(id);
    if (opened?.session.peer !== replica) return;
    if (this.#deps.now() - opened.openedAtMs < doubtedAfterMs) return;
    if (this.#sessions.get(opened.certificate) === opened) this.#sessions.delete(opened.certificate);
  }
}
