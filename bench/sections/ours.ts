/**
 * Drawbridge as a contestant.
 *
 * @module
 */

import type { GatewayProgram } from "../../test/support/drawbridge.ts";
import type { Contestant } from "../contest.ts";
import type { DelayLine } from "../delay-line.ts";
import type { Installation } from "../installation.ts";

export const ldapsPort = 636;

export interface Ours {
  readonly installation: Installation;
  readonly gateway: GatewayProgram;
  /** Of connector replicas that nobody else logs in at; or several, all served by each replica. */
  readonly connection: string | readonly string[];
  readonly replicas: number;
  /** Of each replica. */
  readonly pool: number;
  readonly line?: DelayLine | undefined;
  /** `Drawbridge, 2 replicas` unless told. */
  readonly name?: string;
  /** Who logs in; all people of the directory unless told. */
  readonly accounts?: readonly string[];
}

export async function startOurs(ours: Ours, cleanup: AsyncDisposableStack): Promise<Contestant> {
  const { installation, gateway, connection, pool, line, accounts } = ours;
  const replicas = await Promise.all(
    Array.from({ length: ours.replicas }, () =>
      installation.replica(connection, line?.port ?? ldapsPort, pool),
    ),
  );
  for (const replica of replicas) cleanup.use(replica);
  const driver = await installation.driver("gateway", {
    url: gateway.loginUrl,
    connections: [connection].flat(),
    ...(accounts && { accounts }),
  });
  return {
    name: ours.name ?? oursName(ours.replicas),
    driver: cleanup.use(driver),
    pids: {
      ...besides(installation, line),
      nats: [installation.pids.nats],
      gateway: [gateway.pid],
      connector: replicas.map(({ pid }) => pid),
    },
  };
}

export function oursName(replicas: number): string {
  return `Drawbridge, ${replicas === 1 ? "1 replica" : `${replicas} replicas`}`;
}

/** The processes that every login is also work for. */
export function besides(
  { pids }: Installation,
  line: DelayLine | undefined,
): Readonly<Record<string, readonly number[]>> {
  return { directory: [pids.directory], ...(line && { line: [line.pid] }) };
}
