/**
 * The API in this process, over real HTTP, with everything that it can offer, in front of ends that a test chooses.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { createApiCallers } from "../../src/gateway/http/api-callers.ts";
import type { ApiScope } from "../../src/gateway/http/api-callers.ts";
import { trustedProxies } from "../../src/gateway/http/client-certificate.ts";
import { createNetworks } from "../../src/gateway/http/networks.ts";
import { startHttpServer } from "../../src/gateway/http/server.ts";
import type { ServerTls } from "../../src/gateway/http/server.ts";
import { createAttemptId } from "../../src/login/attempt.ts";
import type { Attempt, ConnectionName } from "../../src/login/attempt.ts";
import type { Operation, OperationEnd } from "../../src/login/operation.ts";
import { Secret } from "../../src/login/secret.ts";
import type { Verdict } from "../../src/login/verdict.ts";
import { connectionName, corp } from "./memory-system.ts";
import { recordEvents } from "./recorded-events.ts";
import type { RecordedEvent } from "./recorded-events.ts";

export interface ApiServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly RecordedEvent[];
  /** What the next requests end as; thrown where it is an error. */
  verdict: Verdict | Error | ((attempt: Attempt) => Promise<Verdict>);
  end: OperationEnd | Error | ((operation: Operation) => Promise<OperationEnd>);
}

export interface ApiServerOptions {
  /** Only `corp` unless told. */
  readonly connections?: readonly string[];
  readonly tokenRequired?: readonly ApiScope[];
  readonly document?: boolean;
  readonly tls?: ServerTls;
}

/** Good for everything at `corp`. */
export const allToken = "token-for-everything-at-corp-0123456789";
/** Good for logins only, everywhere. */
export const loginToken = "token-for-nothing-but-logins-0123456789";

export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const { events, seen } = recordEvents();
  const state: Pick<ApiServer, "verdict" | "end"> = {
    verdict: { outcome: "denied", reason: "bad_credentials" },
    end: { outcome: "done", result: { kind: "password_set" } },
  };
  const connections: ReadonlySet<ConnectionName> = new Set(
    (options.connections ?? ["corp"]).map(connectionName),
  );
  const authenticate = async (attempt: Attempt): Promise<Verdict> => {
    if (state.verdict instanceof Error) throw state.verdict;
    return typeof state.verdict === "function" ? state.verdict(attempt) : state.verdict;
  };
  const common = {
    connections,
    disclosure: "state",
    loginDeadlineMs: 5_000,
    newAttemptId: () => createAttemptId(randomBytes),
    random: Math.random,
    events,
  } as const;
  const all = ["login", "users.search", "groups.list", "password.change", "password.reset"] as const;
  const callers = createApiCallers(
    [
      { name: "all", token: new Secret(allToken), may: new Set(all), connections: new Set(["corp"]) },
      { name: "logins", token: new Secret(loginToken), may: new Set(["login"] as const) },
    ],
    options.tokenRequired,
  );
  const server = await startHttpServer({
    ...common,
    host: "127.0.0.1",
    port: 0,
    tls: options.tls,
    trustedProxies: [],
    callers,
    document: options.document ?? true,
    authenticate,
    operate: async (operation) => {
      if (state.end instanceof Error) throw state.end;
      return typeof state.end === "function" ? state.end(operation) : state.end;
    },
    certificateLogins: { ...common, authenticate, certificateProxies: trustedProxies(["127.0.0.1"]) },
    tickets: { authenticate, networks: new Map([[corp, createNetworks(["127.0.0.0/8"])]]) },
  });
  return Object.assign(state, {
    url: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${server.port}`,
    seen,
    [Symbol.asyncDispose]: () => server.close(),
  });
}
