/**
 * The heartbeat of a replica that nobody runs, as it usually is or with something changed.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { Heartbeat } from "../../src/protocol/messages.ts";
import { createProcessId, replicaInbox } from "../../src/protocol/subjects.ts";
import { corp } from "./memory-system.ts";

export function madeHeartbeat(changes: Partial<Heartbeat> = {}): Heartbeat {
  const { replica = createProcessId(randomBytes) } = changes;
  return {
    v: 1,
    type: "heartbeat",
    replica,
    inbox: replicaInbox(corp, replica, 1),
    certificate: "EBESExQVFhcYGRobHB0eHw",
    state: "ready",
    freeSlots: 64,
    ...changes,
  };
}
