/**
 * A login that an operator tries, on the same way as everybody's, and everything that may be told of it.
 *
 * @module
 */

import { Deadline } from "../../../login/deadline.ts";
import type { AttemptId, ConnectionName } from "../../../login/attempt.ts";
import type { Verdict } from "../../../login/verdict.ts";
import { unavailable } from "../../../login/verdict.ts";
import type { Events } from "../../../telemetry/events.ts";
import type { LoginRecord, RecentRecords } from "../../../telemetry/recent-records.ts";
import type { LogIn } from "../../cache/cached-log-in.ts";
import { parseLogin } from "../parse-login.ts";
import { requestError } from "../request-error.ts";

export interface TryLoginDeps {
  readonly authenticate: LogIn;
  readonly connections: ReadonlySet<ConnectionName>;
  readonly loginDeadlineMs: number;
  readonly newAttemptId: () => AttemptId;
  readonly recent: RecentRecords;
  readonly events: Events;
  readonly now: () => number;
}

export type TriedLogin =
  | { readonly kind: "malformed"; readonly problem: string }
  | {
      readonly kind: "tried";
      readonly attempt: AttemptId;
      readonly verdict: Verdict;
      readonly ms: number;
      /** What the gateway saw of it; nothing where it was stopped before. */
      readonly record: LoginRecord | undefined;
    };

/** @param fields  Of the form. Their password is dropped as soon as it was sent. */
export async function tryLogin(
  deps: TryLoginDeps,
  fields: ReadonlyMap<string, string>,
  ip: string,
): Promise<TriedLogin> {
  const { connections, newAttemptId, events, now } = deps;
  const [username, password, connection] = ["username", "password", "connection"].map((name) =>
    fields.get(name),
  );
  const body = { username, password, ...(connection === undefined ? {} : { connection }) };
  const parsed = parseLogin(body, connections, newAttemptId);
  if (!parsed.ok) return { kind: "malformed", problem: requestError(parsed.problem).body.error.message };
  const { attempt } = parsed;
  events.loginTried({ attempt: attempt.id, connection: attempt.connection });
  const startedAtMs = now();
  const verdict = await verdictOf(deps, parsed.attempt, ip);
  const ms = now() - startedAtMs;
  return { kind: "tried", attempt: attempt.id, verdict, ms, record: deps.recent.login(attempt.id) };
}

async function verdictOf(
  { authenticate, loginDeadlineMs, events }: TryLoginDeps,
  attempt: Parameters<LogIn>[0],
  ip: string,
): Promise<Verdict> {
  try {
    return await authenticate(attempt, Deadline.after(loginDeadlineMs), { ip, live: false });
  } catch (error) {
    events.defect({ where: "try_login", error });
    return unavailable("internal_error");
  } finally {
    attempt.password.drop();
  }
}
