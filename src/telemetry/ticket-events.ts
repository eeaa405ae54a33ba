/**
 * What happens to the checking of Kerberos tickets, beside the logins themselves.
 *
 * @module
 */

import type { ConnectionName } from "../login/attempt.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export interface TicketEvents {
  /** The process that opens tickets ended by itself; another one is started. */
  acceptorDied(e: { connection: ConnectionName }): void;
  /** How far this machine's clock is ahead of a controller's. */
  clockCompared(e: { connection: ConnectionName; offsetMs: number; isRight: boolean }): void;
  /** Accepted by this replica's own memory, because the store did not answer and the settings allow it. */
  ticketAcceptedAlone(e: { connection: ConnectionName }): void;
}

export function ticketEvents(log: Log, metrics: Metrics): TicketEvents {
  return {
    acceptorDied(e) {
      metrics.count("drawbridge_acceptor_deaths_total", e);
      log.error("acceptor_died", e);
    },
    clockCompared({ connection, offsetMs, isRight }) {
      metrics.set("drawbridge_clock_offset_seconds", { connection }, offsetMs / 1_000);
      if (!isRight) log.error("clock_wrong", { connection, offsetMs: Math.round(offsetMs) });
    },
    ticketAcceptedAlone(e) {
      metrics.count("drawbridge_tickets_accepted_alone_total", e);
      log.debug("ticket_accepted_alone", e);
    },
  };
}
