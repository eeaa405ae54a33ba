/**
 * The checking of Kerberos tickets for one connection, as the settings describe it.
 *
 * @module
 */

import type { KerberosConfig } from "../config/kerberos-schema.ts";
import { watchFile } from "../config/watched-file.ts";
import { createSharedTickets, ticketsBucket } from "../connector/shared-tickets.ts";
import type { DirectoryEngine } from "../directory/open-directory.ts";
import type { ConnectionName, KerberosAttempt } from "../login/attempt.ts";
import { Deadline } from "../login/deadline.ts";
import type { Verifier } from "../login/ports.ts";
import type { Store } from "../protocol/store-port.ts";
import type { Events } from "../telemetry/events.ts";
import { Acceptors } from "../verifiers/kerberos/acceptors.ts";
import { skewMaxMs, watchClock } from "../verifiers/kerberos/clock.ts";
import { createKerberosVerifier } from "../verifiers/kerberos/kerberos.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";

export interface TicketsOptions {
  readonly connection: ConnectionName;
  readonly settings: KerberosConfig;
  /** As it was read at the start. */
  readonly keytab: Uint8Array;
  readonly directory: DirectoryEngine;
  readonly events: Events;
}

/** What the start waits for a controller that tells the time. */
const clockTimeoutMs = 2_000;

/**
 * Resolves with what makes the verifier, once there is a store to share.
 *
 * @throws {CommandError} for a keytab, a machine or a clock with which no ticket could ever be accepted.
 */
export async function openTickets(
  { connection, settings, keytab, directory, events }: TicketsOptions,
  owned: AsyncDisposableStack,
): Promise<(store: Store | undefined) => Verifier<KerberosAttempt>> {
  const path = `connector.connections.${connection}.kerberos`;
  const setting = `${path}.keytabFile`;
  const acceptors = await Acceptors.start(keytab, () => events.acceptorDied({ connection }));
  if ("problem" in acceptors) return stop(setting, `${settings.keytabFile} ${acceptors.problem}`);
  owned.use(acceptors);
  const clock = owned.use(
    await watchClock({
      readReference: () => directory.readClock(Deadline.after(clockTimeoutMs)),
      wallClock: Date.now,
      observe: (offsetMs) =>
        events.clockCompared({ connection, offsetMs, isRight: Math.abs(offsetMs) <= skewMaxMs }),
    }),
  );
  if (!clock.isRight) return stop(path, "this machine's clock and the controllers' are over 5 minutes apart");

  const unusable = (why: string): void => events.secretUnusable({ connection, setting, why });
  owned.use(
    watchFile(settings.keytabFile, keytab, {
      onProblem: unusable,
      async onChange(renewed) {
        const problem = await acceptors.renewKeytab(renewed);
        if (problem === undefined) events.secretsRenewed({ connection });
        else unusable(`${settings.keytabFile} ${problem}`);
      },
    }),
  );

  return (store) =>
    createKerberosVerifier({
      acceptors,
      clock,
      directory,
      realms: new Map(Object.entries(settings.realms)),
      memory: createSharedTickets({
        bucket: store?.bucket(ticketsBucket),
        whenUnavailable: settings.replays.whenUnknown,
        now: () => performance.now(),
        observe: () => events.ticketAcceptedAlone({ connection }),
      }),
    });
}

function stop(setting: string, problem: string): never {
  throw new CommandError(`${setting}: ${problem}`, exitCodes.configuration);
}
