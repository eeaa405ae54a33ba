/**
 * Gateways and connector replicas in one process, over a bus in memory and a directory in memory.
 *
 * Real sessions, real timing, the real order of messages; what is missing are sockets and servers, so that a test can stop any part
 * between two messages.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Connector } from "../../src/connector/connector.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import { parseAccountName } from "../../src/login/account-name.ts";
import { createAttemptId, isConnectionName } from "../../src/login/attempt.ts";
import type { Attempt, ConnectionName, PasswordAttempt } from "../../src/login/attempt.ts";
import { Deadline } from "../../src/login/deadline.ts";
import type { Directory, Operator, Verifiers } from "../../src/login/ports.ts";
import { Secret } from "../../src/login/secret.ts";
import type { Verdict } from "../../src/login/verdict.ts";
import { createProcessId } from "../../src/protocol/subjects.ts";
import { createPasswordVerifier } from "../../src/verifiers/password.ts";
import { createIdentityPair } from "./identity-pair.ts";
import { MemoryBus } from "./memory-bus.ts";
import type { MemoryConnection } from "./memory-bus.ts";
import { recordEvents } from "./recorded-events.ts";
import type { RecordedEvent } from "./recorded-events.ts";

export const corp = connectionName("corp");

export interface MemoryReplica {
  readonly bus: MemoryConnection;
  readonly connector: Connector;
  readonly seen: readonly RecordedEvent[];
}

export interface MemorySystem extends Disposable {
  readonly bus: MemoryBus;
  readonly gatewayBus: MemoryConnection;
  readonly replicas: readonly MemoryReplica[];
  readonly seen: readonly RecordedEvent[];
  login(name: string, password: string, deadlineMs?: number): Promise<Verdict>;
  authenticate(attempt: Attempt, deadlineMs?: number): Promise<Verdict>;
}

/**
 * One replica for each directory; hand the same one several times to let replicas share it.
 * @param othersOf  What each offers beside passwords.
 */
export async function startMemorySystem(
  directories: readonly Directory[],
  inFlightMax = 64,
  gatewayInFlightMax = 500,
  othersOf: (index: number) => Verifiers = () => ({}),
): Promise<MemorySystem> {
  const [connectorKeys, gatewayKeys] = await Promise.all([createIdentityPair(), createIdentityPair()]);
  const bus = new MemoryBus();
  const gatewayBus = bus.connect();
  const { events, seen } = recordEvents();
  const gateway = createGateway(
    {
      gateway: createProcessId(randomBytes),
      identity: gatewayKeys.identity,
      bus: gatewayBus,
      events,
      now: () => performance.now(),
      wallClock: Date.now,
      random: Math.random,
      randomBytes,
      inFlightMax: gatewayInFlightMax,
    },
    [{ name: corp, connectorKeys: connectorKeys.pins }],
  );
  const replicas = await Promise.all(
    directories.map(async (directory, index): Promise<MemoryReplica> => {
      const own = bus.connect();
      const recorded = recordEvents();
      const operator: Operator = {
        async perform() {
          return { outcome: "refused", reason: "not_offered" };
        },
      };
      const verifiers = { ...othersOf(index), password: createPasswordVerifier(directory) };
      const connector = await Connector.start(
        [
          {
            name: corp,
            identity: connectorKeys.identity,
            gatewayKeys: gatewayKeys.pins,
            directory,
            verifiers,
            operator,
            needsAllGroups: false,
            inFlightMax,
            facts: {
              version: "1.2.3",
              configuration: { digest: "AAECAwQFBgcI", parts: {} },
              controllers: () => [],
            },
          },
        ],
        {
          replica: createProcessId(randomBytes),
          bus: own,
          events: recorded.events,
          now: () => performance.now(),
          wallClock: Date.now,
        },
      );
      // Which takes half a second where nobody hurries it.
      for (const connection of connector.connections) {
        for (let beats = 0; beats < 2; beats += 1) connection.beat();
      }
      return { bus: own, connector, seen: recorded.seen };
    }),
  );

  return {
    bus,
    gatewayBus,
    replicas,
    seen,
    authenticate: (attempt, deadlineMs = 5_000) => gateway.authenticate(attempt, Deadline.after(deadlineMs)),
    login: (name, password, deadlineMs = 5_000) =>
      gateway.authenticate(passwordAttempt(name, password), Deadline.after(deadlineMs)),
    [Symbol.dispose]() {
      gateway[Symbol.dispose]();
      for (const { connector } of replicas) connector[Symbol.dispose]();
    },
  };
}

export function passwordAttempt(name: string, password: string): PasswordAttempt {
  const parsed = parseAccountName(name);
  assert.ok(parsed.ok);
  return {
    id: createAttemptId(randomBytes),
    connection: corp,
    method: "password",
    accountName: parsed.name,
    password: new Secret(password),
  };
}

export function connectionName(text: string): ConnectionName {
  assert.ok(isConnectionName(text));
  return text;
}
