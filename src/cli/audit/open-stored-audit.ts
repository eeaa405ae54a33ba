/**
 * The audit's stream, opened for reading as a configuration says.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { Config } from "../../config/schema.ts";
import type { Secrets } from "../../config/secrets.ts";
import type { Secret } from "../../login/secret.ts";
import { createRecordOpener } from "../../protocol/sealed-records.ts";
import type { OpenRecord } from "../../protocol/sealed-records.ts";
import { auditProgramOf, createProcessId, storeInbox } from "../../protocol/subjects.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { bytesOf } from "../key-bytes.ts";
import { visitBus } from "../visit-bus.ts";
import { StoredAudit } from "./stored-audit.ts";

export interface OpenedAudit extends AsyncDisposable {
  /** With a tally of its own. */
  stored(): StoredAudit;
}

/** @throws {CommandError} where no server lets this program in, or no key is given. */
export async function openStoredAudit(config: Config, secrets: Secrets): Promise<OpenedAudit> {
  const { gatewayKeys, connectorKeys } = secrets.audit;
  if (gatewayKeys.length + connectorKeys.length === 0) {
    throw new CommandError(
      "audit.reader names no key: what is in the stream is sealed, for those who have the keys of the programs",
      exitCodes.configuration,
    );
  }
  const bus = await visitBus(config, secrets.nats, "audit");
  if (bus === undefined) throw new CommandError("no NATS server lets this program in", exitCodes.unavailable);
  const reader = bus.openAuditReader(storeInbox("auditor", createProcessId(randomBytes)));
  const open = openerOf(gatewayKeys, connectorKeys);
  return {
    stored: () => new StoredAudit(reader, open),
    [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
  };
}

/** A connector's key opens nothing that is said to be a gateway's, and the reverse. */
function openerOf(gatewayKeys: readonly Secret[], connectorKeys: readonly Secret[]): OpenRecord {
  const open = {
    gateway: createRecordOpener(gatewayKeys.map(bytesOf)),
    connector: createRecordOpener(connectorKeys.map(bytesOf)),
  };
  return (subject, payload) => {
    const program = auditProgramOf(subject);
    return program && open[program](subject, payload);
  };
}
