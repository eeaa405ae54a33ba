/**
 * A gateway process: all its connections on the bus and the logins under way.
 *
 * Owns: lifecycle. Does not own: one login (`authenticate.ts`), HTTP, NATS itself.
 *
 * @module
 */

import { createAttemptId } from "../login/attempt.ts";
import type { AttemptId, ConnectionName } from "../login/attempt.ts";
import type { MonotonicClock } from "../login/deadline.ts";
import type { Bus } from "../protocol/bus-port.ts";
import type { IdentityKey, PinnedKeys } from "../protocol/identity-key.ts";
import type { ProcessId } from "../protocol/subjects.ts";
import { heartbeatIntervalMs } from "../protocol/timing.ts";
import type { Events } from "../telemetry/events.ts";
import { createOperate } from "./operate.ts";
import type { Operate } from "./operate.ts";
import { createAuthenticate } from "./authenticate.ts";
import type { Authenticate, AuthenticateDeps } from "./authenticate.ts";
import { ClaimTimeout } from "./claim-timeout.ts";
import { Exchanges } from "./exchange.ts";
import { isolatedAfterMs } from "./isolation.ts";
import { ReachedConnection } from "./reached-connection.ts";
import { createLookUp } from "./look-up.ts";
import type { LookUp } from "./throttle/standings.ts";
import { Replicas } from "./replicas.ts";

export interface GatewayDeps {
  readonly gateway: ProcessId;
  readonly identity: IdentityKey;
  readonly bus: Bus;
  readonly events: Events;
  readonly now: MonotonicClock;
  /** Milliseconds since 1970: for the expiry of certificates only. */
  readonly wallClock: () => number;
  readonly random: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Requests of one connection that are worked on at once. */
  readonly inFlightMax: number;
  /** For the program that takes the next step of a request, where that is traced. */
  readonly traceparent?: ((attempt: AttemptId) => string | undefined) | undefined;
}

export interface GatewayConnection {
  readonly name: ConnectionName;
  readonly connectorKeys: PinnedKeys;
}

export interface KnownConnection extends Pick<ReachedConnection, "replicas" | "reports"> {
  readonly sessions: Pick<ReachedConnection["sessions"], "peers">;
}

export interface Gateway extends Disposable {
  readonly authenticate: Authenticate;
  readonly operate: Operate;
  readonly lookUp: LookUp;
  readonly inFlight: number;
  /** What is known of the replicas of each, for the operators. */
  readonly connections: ReadonlyMap<ConnectionName, KnownConnection>;
  /** Shows who it is by another identity key from now on, which the connectors must believe already. */
  renewIdentity(identity: IdentityKey): void;
  /** Which connectors to believe from now on. */
  renewConnectorKeys(connection: ConnectionName, pins: PinnedKeys): void;
}

export function createGateway(deps: GatewayDeps, connections: readonly GatewayConnection[]): Gateway {
  const { bus, events, now, random, inFlightMax } = deps;
  const exchanges = new Exchanges();
  const reached = new Map(connections.map((connection) => [connection.name, reach(connection)]));
  const authenticateDeps = new Map([...reached].map(([name, connection]) => [name, depsOf(connection)]));

  bus.onConnectionChange((connected) => {
    if (connected) for (const connection of reached.values()) connection.renewInbox();
    exchanges.deliverToAll({ kind: "bus", connected });
  });
  const sweep = (): void => {
    if (!bus.connected) return;
    const all = [...reached.values()];
    for (const connection of all) connection.sweep();
    const isAnyWell = all.some(({ replicas }) => replicas.cutOffMs < isolatedAfterMs);
    // All of them have another server then, whoever asked for it.
    const [reason] = all.flatMap((connection) => connection.reasonToLeave(isAnyWell) ?? []);
    if (reason !== undefined) bus.leave(reason);
  };
  const sweeping = setInterval(sweep, heartbeatIntervalMs);

  return {
    authenticate: createAuthenticate(configured),
    operate: createOperate(configured),
    lookUp: createLookUp(configured, () => createAttemptId(deps.randomBytes)),
    connections: reached,
    get inFlight() {
      return exchanges.size;
    },
    renewIdentity(identity) {
      for (const { sessions } of reached.values()) sessions.renewIdentity(identity);
    },
    renewConnectorKeys: (connection, pins) => reached.get(connection)?.renewPins(pins),
    [Symbol.dispose]() {
      clearInterval(sweeping);
      for (const connection of reached.values()) connection.close();
    },
  };

  function configured({ connection }: { readonly connection: ConnectionName }): AuthenticateDeps {
    const found = authenticateDeps.get(connection);
    if (found === undefined) throw new Error("a request for a connection that is not configured");
    return found;
  }

  function reach({ name, connectorKeys }: GatewayConnection): ReachedConnection {
    const replicas = new Replicas(name, events, now, random);
    return new ReachedConnection({ ...deps, connection: name, connectorKeys, exchanges, replicas });
  }

  function depsOf(connection: ReachedConnection): AuthenticateDeps {
    return {
      exchanges,
      replicas: connection.replicas,
      claimTimeout: new ClaimTimeout(),
      events,
      now,
      random,
      inFlightMax,
      obtainSession: (peer) => connection.sessions.obtain(peer),
      announce: (...announce) => connection.announce(...announce),
      send: (...message) => connection.send(...message),
      traceparent: ({ attempt }, replica) =>
        connection.reports.reads(replica, "traceparent") ? deps.traceparent?.(attempt) : undefined,
    };
  }
}
