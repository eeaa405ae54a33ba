/**
 * What stands before the directory, top to bottom: may this password be tried?
 *
 * where does it come from → which account is it → is that account's budget spent → try it → write down what came of it.
 *
 * Nobody locks an account through a gateway: guesses end one short of what its directory allows, all gateways and all spellings of
 * its name together, with what the directory itself has counted. A source from which the account was logged in to before is let
 * through by the limits of sources, and has one guess more.
 *
 * Owns: the order of these steps. Does not own: what the directory says (`Standings`), the arithmetic (`guesses.ts`), what is
 * written down (`AccountBudgets`, `SourceFailures`, `FamiliarSources`).
 *
 * @module
 */

import type { AccountName } from "../../login/account-name.ts";
import type { AttemptId, ConnectionName } from "../../login/attempt.ts";
import type { Deadline, MonotonicClock } from "../../login/deadline.ts";
import type { Secret } from "../../login/secret.ts";
import type { Fault } from "../../login/verdict.ts";
import type { Store } from "../../protocol/store-port.ts";
import type { Events } from "../../telemetry/events.ts";
import { AccountBudgets } from "./account-budgets.ts";
import type { GuessEnd } from "./account-budgets.ts";
import { FamiliarSources } from "./familiar-sources.ts";
import type { GuessLimits } from "./guesses.ts";
import { SourceFailures } from "./source-failures.ts";
import type { SourceLimits } from "./source-failures.ts";
import type { Source } from "../../login/source.ts";
import { Standings } from "./standings.ts";
import type { LookUp } from "./standings.ts";

export interface ThrottleDeps {
  /** Undefined where nothing is shared. */
  readonly store: Store | undefined;
  readonly lookUp: LookUp;
  /** What digests of passwords are keyed with: the same in every gateway that shares the store. */
  readonly digestKey: () => Uint8Array;
  readonly limits: GuessLimits & SourceLimits;
  readonly events: Events;
  readonly now: MonotonicClock;
  /** Milliseconds since 1970. Gateways compare it in minutes. */
  readonly wallClock: () => number;
}

export interface Guessed {
  readonly id: AttemptId;
  readonly connection: ConnectionName;
  readonly accountName: AccountName;
  readonly password: Secret;
  readonly source: Source;
}

export type Throttled<T> =
  | { readonly kind: "tried"; readonly end: T }
  | { readonly kind: "throttled" }
  /** This password was found wrong a moment ago: it is not tried again. */
  | { readonly kind: "repeated" }
  | { readonly kind: "unavailable"; readonly fault: Fault };

export type Throttle = <T>(
  guessed: Guessed,
  deadline: Deadline,
  attempt: () => Promise<T>,
  judge: (end: T) => GuessEnd,
) => Promise<Throttled<T>>;

const guessesBucket = { name: "throttle", maxAgeMs: 86_400_000, bytesMax: 67_108_864 };
const familiarBucket = { name: "familiar", maxAgeMs: 90 * 86_400_000, bytesMax: 134_217_728 };

export function createThrottle(deps: ThrottleDeps): Throttle {
  const { limits, events, wallClock, digestKey } = deps;
  const counters = deps.store?.bucket(guessesBucket);
  const budgets = new AccountBudgets({ bucket: counters, limits, digestKey, wallClock });
  const sources = new SourceFailures(counters, limits, wallClock);
  const familiar = new FamiliarSources(deps.store?.bucket(familiarBucket), wallClock);
  const standings = new Standings(deps.lookUp, deps.now);

  return async (guessed, deadline, attempt, judge) => {
    const { id, connection, accountName, source } = guessed;
    const remembered = standings.remembered(connection, accountName);
    const standing = remembered ?? (await standings.ask(connection, accountName, deadline));
    if (typeof standing === "string") return { kind: "unavailable", fault: standing };
    const { account } = standing;
    const [isFamiliar, exceeded, before] = await Promise.all([
      familiar.has(account, source),
      sources.exceeded(source),
      budgets.read(account),
    ]);
    if (exceeded !== undefined && !isFamiliar) return throttled(exceeded);
    using underWay = new DisposableStack();
    underWay.use(sources.begin(source));

    // Almost everybody comes from where they always come, and nobody has mistyped: then what was known of the account will do.
    const isQuiet = isFamiliar && budgets.isQuiet(before);
    const current =
      isQuiet || remembered === undefined ? standing : await standings.ask(connection, accountName, deadline);
    if (typeof current === "string") return { kind: "unavailable", fault: current };
    const guess = budgets.guessOf(guessed, current, isFamiliar);
    switch (await budgets.reserve(guess, current, before)) {
      case "reserved":
        break;
      case "repeated":
        events.passwordRepeated({ connection });
        return { kind: "repeated" };
      case "exhausted":
        return throttled("account");
    }

    const end = await attempt();
    const judged = judge(end);
    if (judged === "right") void familiar.saw(account, source);
    await Promise.all([
      judged === "wrong" ? sources.failed(source) : undefined,
      budgets.settle(account, guess, judged),
    ]);
    return { kind: "tried", end };

    function throttled(why: "account" | "address" | "network"): { readonly kind: "throttled" } {
      events.loginThrottled({ attempt: id, connection, why });
      return { kind: "throttled" };
    }
  };
}
