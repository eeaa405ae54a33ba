/**
 * A login, and the cache beside it.
 *
 * Whatever a directory says goes before: the cache is asked only where none could be, and learns from every answer. It is written
 * after the login has its answer, and a defect of it costs nobody a login.
 *
 * @module
 */

import type { ConnectionName, PasswordAttempt } from "../../login/attempt.ts";
import type { Deadline } from "../../login/deadline.ts";
import { Secret } from "../../login/secret.ts";
import type { Origin } from "../../login/source.ts";
import type { DenialReason, Verdict } from "../../login/verdict.ts";
import type { Events } from "../../telemetry/events.ts";
import type { AuthenticateFrom } from "../throttle/throttled-requests.ts";
import { nobodyCouldBeAsked } from "./cache-fault.ts";
import type { CredentialCache } from "./credential-cache.ts";

export interface LoginDemand extends Origin {
  /** Address of whoever asks. */
  readonly ip: string;
  /** An answer of the directory itself is wanted, or none. */
  readonly live: boolean;
}

export type LogIn = (attempt: PasswordAttempt, deadline: Deadline, demand: LoginDemand) => Promise<Verdict>;

export interface CachedLogInDeps {
  readonly authenticate: AuthenticateFrom;
  /** Of connections whose people are kept. */
  readonly caches: ReadonlyMap<ConnectionName, CredentialCache>;
  readonly events: Events;
  readonly now: () => number;
}

export function createCachedLogIn(deps: CachedLogInDeps): LogIn {
  const { authenticate, caches, events } = deps;
  return async (attempt, deadline, { ip, live }) => {
    const cache = caches.get(attempt.connection);
    if (cache === undefined) return authenticate(attempt, deadline, ip);
    // The attempt's own is dropped as soon as the directory has seen it.
    const password = new Secret(attempt.password.reveal());
    const verdict = await authenticate(attempt, deadline, ip);
    if (verdict.outcome === "unavailable" && !live && nobodyCouldBeAsked(verdict.fault)) {
      const cached = await ask(cache, attempt, password);
      password.drop();
      return cached ?? verdict;
    }
    void learn(cache, attempt, password, verdict)
      .catch((error: unknown) => events.defect({ where: "cache", error }))
      .finally(() => password.drop());
    return verdict;
  };

  async function ask(
    cache: CredentialCache,
    { id, connection, accountName }: PasswordAttempt,
    password: Secret,
  ): Promise<Verdict | undefined> {
    const startedAtMs = deps.now();
    const ended = (result: string): void =>
      events.cachedLoginEnded({ attempt: id, connection, result, ms: deps.now() - startedAtMs });
    try {
      const checked = await cache.check(accountName, password.reveal());
      ended(checked.kind);
      return checked.kind === "right"
        ? { outcome: "accepted", identity: checked.identity, source: "cache" }
        : undefined;
    } catch (error) {
      events.defect({ where: "cache", error });
      ended("unavailable");
      return undefined;
    }
  }

  async function learn(
    cache: CredentialCache,
    { connection, accountName }: PasswordAttempt,
    password: Secret,
    verdict: Verdict,
  ): Promise<void> {
    switch (verdict.outcome) {
      case "accepted": {
        const result = await cache.remember(accountName, password.reveal(), verdict.identity);
        events.cacheWritten({ connection, result });
        break;
      }
      case "denied": {
        const { reason } = verdict;
        const isGone =
          !notOfTheAccount.has(reason) ||
          (reason === "bad_credentials" && (await cache.isFormer(accountName, password.reveal())));
        if (!isGone) break;
        await cache.forget(accountName);
        events.cachePurged({ connection, reason });
        break;
      }
      case "unavailable":
        break;
    }
  }
}

/** Said of the password that somebody typed, or of the hour and place at which they did; everything else is said of the account. */
const notOfTheAccount: ReadonlySet<DenialReason> = new Set<DenialReason>([
  "bad_credentials",
  "logon_hours",
  "workstation_restricted",
]);
