/**
 * Tells the operators' pages how this replica is for one connection.
 *
 * @module
 */

import { loginMethods } from "../login/attempt.ts";
import type { ConnectionName } from "../login/attempt.ts";
import type { Verifiers } from "../login/ports.ts";
import type { Bus } from "../protocol/bus-port.ts";
import { encodeMessage } from "../protocol/messages.ts";
import { controllersMax, reportType } from "../protocol/report.ts";
import type { Report, ReportedController } from "../protocol/report.ts";
import { optionalGrantParts } from "../protocol/sealed-bodies.ts";
import type { ProcessId } from "../protocol/subjects.ts";
import { reportSubject } from "../protocol/subjects.ts";
import type { Events } from "../telemetry/events.ts";
import type { Admission } from "./admission.ts";
import type { ServingState } from "./connection-server.ts";
import type { ProcessKeys } from "./process-keys.ts";

/** What the program knows of itself. */
export interface ReportedFacts extends Pick<Report, "version" | "configuration"> {
  readonly controllers: () => readonly ReportedController[];
}

export interface ReporterDeps {
  readonly connection: ConnectionName;
  readonly replica: ProcessId;
  readonly facts: ReportedFacts;
  readonly verifiers: Verifiers;
  readonly admission: Admission;
  readonly inFlightMax: number;
  readonly bus: Bus;
  readonly keys: ProcessKeys;
  readonly events: Events;
  readonly wallClock: () => number;
}

export class Reporter {
  readonly #deps: ReporterDeps;
  readonly #startedAt: number;

  constructor(deps: ReporterDeps) {
    this.#deps = deps;
    this.#startedAt = deps.wallClock();
  }

  async tell(state: ServingState): Promise<void> {
    const { bus, connection, keys, events } = this.#deps;
    if (!bus.connected) return;
    try {
      const report = await keys.sign(connection, reportType, this.#report(state));
      bus.publish(reportSubject(connection), encodeMessage({ v: 1, type: "report", report }));
    } catch (error) {
      events.defect({ where: "report", error });
    }
  }

  #report(state: ServingState): Report {
    const { connection, replica, facts, verifiers, admission, inFlightMax, wallClock } = this.#deps;
    const { version, configuration, controllers } = facts;
    return {
      connection,
      replica,
      issuedAt: wallClock(),
      startedAt: this.#startedAt,
      state,
      version,
      configuration,
      slots: { inUse: Math.max(0, inFlightMax - admission.freeSlots), of: inFlightMax },
      methods: loginMethods.filter((method) => verifiers[method] !== undefined),
      grantParts: optionalGrantParts,
      controllers: controllers().slice(0, controllersMax),
    };
  }
}
