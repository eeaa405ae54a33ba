/**
 * The audit of a program: its records, and where the settings want them to be kept.
 *
 * @module
 */

import type { NatsBus } from "../bus/connect-bus.ts";
import type { AuditStream } from "../bus/audit-stream.ts";
import type { AuditConfig } from "../config/audit-schema.ts";
import type { AuditSecrets } from "../config/secrets.ts";
import { createRecordSealer } from "../protocol/sealed-records.ts";
import { auditSubject, storeInbox } from "../protocol/subjects.ts";
import type { ProcessId } from "../protocol/subjects.ts";
import { asTheyAre, networksOnly, pseudonyms } from "../telemetry/audit/disguise.ts";
import type { Disguise } from "../telemetry/audit/disguise.ts";
import { AuditFile } from "../telemetry/audit/file.ts";
import type { AuditRecord } from "../telemetry/audit/record.ts";
import { AuditTrail } from "../telemetry/audit/trail.ts";
import { DeliveryQueue } from "../telemetry/delivery-queue.ts";
import type { Events } from "../telemetry/events.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import { bytesOf } from "./key-bytes.ts";
import { tellStore } from "./tell-store.ts";

export interface AuditOptions {
  readonly program: "connector" | "gateway";
  readonly id: ProcessId;
  readonly settings: AuditConfig;
  readonly secrets: AuditSecrets;
  /** Told of what becomes of the records. */
  readonly events: Events;
}

export interface Audit extends AsyncDisposable {
  readonly trail: AuditTrail;
  /** Records go over this bus, those too that were written before. */
  useBus(bus: NatsBus): void;
  /** Waits for the last of them, within a bound. */
  leaveBus(): Promise<void>;
}

/** For the last records to reach their place. */
const closeTimeoutMs = 2_000;

/** @throws {CommandError} for a file that cannot be written. */
export async function openAudit(options: AuditOptions): Promise<Audit> {
  const { program, id, settings, secrets, events } = options;
  await using owned = new AsyncDisposableStack();
  const disguise = disguiseOf(settings, secrets);
  const trail = new AuditTrail({ program, replica: id, disguise, wallClock: Date.now });
  if (settings.file !== undefined) await keepInFile(settings.file, trail, events, owned);
  const stream = keepInStream(options, trail);
  const moved = owned.move();
  return { trail, ...stream, [Symbol.asyncDispose]: () => moved[Symbol.asyncDispose]() };
}

export function disguiseOf(
  { names, addresses }: Pick<AuditConfig, "names" | "addresses">,
  { pseudonymKey }: Pick<AuditSecrets, "pseudonymKey">,
): Disguise {
  const disguise =
    names === "pseudonym" && pseudonymKey !== undefined ? pseudonyms(bytesOf(pseudonymKey)) : asTheyAre;
  return addresses === "network" ? networksOnly(disguise) : disguise;
}

async function keepInFile(
  path: string,
  trail: AuditTrail,
  events: Events,
  owned: AsyncDisposableStack,
): Promise<void> {
  const file = owned.use(new AuditFile(path));
  try {
    await file.open();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new CommandError(`audit.file: ${path} cannot be written (${code})`, exitCodes.configuration);
  }
  const queue = createQueue("file", events, (records) => file.append(records));
  owned.defer(() => queue.close(closeTimeoutMs));
  trail.keepIn(queue);
}

function keepInStream(
  { program, id, settings, secrets, events }: AuditOptions,
  trail: AuditTrail,
): Pick<Audit, "useBus" | "leaveBus"> {
  const [key] = secrets.streamKeys;
  if (key === undefined) return { useBus: () => undefined, leaveBus: () => Promise.resolve() };
  const seal = createRecordSealer(bytesOf(key));
  const stream = Promise.withResolvers<AuditStream>();
  const queue = createQueue("stream", events, async (records) => {
    const messages = records.map(({ replica, sequence, connection, attempt, line }: AuditRecord) => {
      const subject = auditSubject(program, connection, attempt);
      const payload = seal(subject, { process: id, sequence, text: line });
      return { subject, payload, id: `${replica}.${sequence}` };
    });
    return (await stream.promise).add(messages);
  });
  trail.keepIn(queue);
  return {
    useBus(bus) {
      const { maxAge, bytesMax, replicas } = settings.stream;
      stream.resolve(
        bus.openAuditStream({
          inbox: `${storeInbox(program, id)}.audit`,
          maxAgeMs: maxAge,
          bytesMax,
          ...(replicas === undefined ? {} : { replicas }),
          observe: (event) => tellStore(event, events),
        }),
      );
    },
    leaveBus: () => queue.close(closeTimeoutMs),
  };
}

function createQueue(
  sink: "file" | "stream",
  events: Events,
  deliver: (records: readonly AuditRecord[]) => Promise<boolean>,
): DeliveryQueue<AuditRecord> {
  return new DeliveryQueue({
    kept: (count) => events.auditKept({ sink, count }),
    lost: (count) => events.auditLost({ sink, count }),
    async deliver(records) {
      const isKept = await deliver(records);
      if (!isKept) events.auditSinkFailed({ sink });
      return isKept;
    },
  });
}
