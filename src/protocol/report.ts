/**
 * What a replica says of itself to the operators: signed by the connection's identity key, so that nothing else on the bus can put a
 * word on their page.
 *
 * It stands in clear, and so names programs, settings' digests and controllers only. What a later version adds is left out here, not
 * refused: no login hangs on a report. What a replica can read is told in it, because nothing else of the wire bears an addition.
 *
 * @module
 */

import { z } from "zod";
import { isConnectionName } from "../login/attempt.ts";
import type { ConnectionName } from "../login/attempt.ts";
import type { ControllerName } from "../login/ports.ts";
import type { PinnedKeys } from "./identity-key.ts";
import { openSigned } from "./identity-key.ts";
import { isProcessId } from "./subjects.ts";
import type { ProcessId } from "./subjects.ts";

export const reportType = "drawbridge-report";

/** Most of each kind that are told; what is beyond has to be looked up at the replica. */
const partsMax = 96;
export const controllersMax = 64;

const controllerName = z.custom<ControllerName>(
  (value) => typeof value === "string" && /^[A-Za-z0-9.:[\]_-]{1,300}$/.test(value),
);
const count = z.int().min(0).max(1_000_000);
/** Up to the last one that a date can be made of. @see ECMA-262 §21.4.1.1 */
const timeMs = z.int().min(0).max(8.64e15);

const reportSchema = z.object({
  connection: z.string().refine((name) => isConnectionName(name)),
  replica: z.custom<ProcessId>(isProcessId),
  /** Milliseconds since 1970 by the replica's clock, as the other times. */
  issuedAt: timeMs,
  startedAt: timeMs,
  state: z.enum(["ready", "not_ready", "draining"]),
  version: z.string().regex(/^[A-Za-z0-9.+-]{1,64}$/),
  /** Digests: of each part of the connection's settings, and of all of them. */
  configuration: z.object({
    digest: z.string().regex(/^[A-Za-z0-9_-]{12}$/),
    parts: z
      .record(z.string().regex(/^[A-Za-z.]{1,64}$/), z.string().regex(/^[A-Za-z0-9_-]{8}$/))
      .refine((parts) => Object.keys(parts).length <= partsMax),
  }),
  slots: z.object({ inUse: count, of: count }),
  methods: z
    .array(z.string().regex(/^[a-z_]{1,32}$/))
    .max(16)
    .readonly(),
  /** Optional parts of a grant that this replica reads; an older one does not say, and reads none. */
  grantParts: z
    .array(z.string().regex(/^[a-z_]{1,32}$/))
    .max(16)
    .readonly()
    .exactOptional(),
  controllers: z
    .array(
      z.object({ name: controllerName, state: z.enum(["available", "degraded", "unavailable"]) }).readonly(),
    )
    .max(controllersMax)
    .readonly(),
});

export type Report = Readonly<z.infer<typeof reportSchema>>;
export type ReportedController = Report["controllers"][number];

export interface OpenedReport {
  readonly report: Report;
  /** The id of the identity key. */
  readonly signedBy: string;
}

/** How far the two machines' clocks may differ, as for certificates. An older report is one that somebody kept. */
export const reportAgeMaxMs = 15 * 60_000;

/** @returns undefined unless it is signed by a pinned key, of this connection, and recent. */
export async function openReport(
  signed: string,
  connection: ConnectionName,
  pins: PinnedKeys,
  nowMs: number,
): Promise<OpenedReport | undefined> {
  const opened = await openSigned(signed, reportType, pins);
  const report = reportSchema.safeParse(opened?.statement);
  if (opened === undefined || !report.success || report.data.connection !== connection) return undefined;
  if (Math.abs(nowMs - report.data.issuedAt) > reportAgeMaxMs) return undefined;
  return { report: report.data, signedBy: opened.signedBy };
}
