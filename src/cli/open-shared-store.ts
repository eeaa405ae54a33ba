/**
 * The memory that the replicas of a program share, opened as the settings say.
 *
 * @module
 */

import type { NatsBus } from "../bus/connect-bus.ts";
import type { Secret } from "../login/secret.ts";
import { createSealedStore } from "../protocol/sealed-store.ts";
import type { SealedStore } from "../protocol/sealed-store.ts";
import { storeInbox } from "../protocol/subjects.ts";
import { bytesOf } from "./key-bytes.ts";
import type { ProgramContext } from "./programs.ts";
import { tellStore } from "./tell-store.ts";

export interface SharedStoreOptions {
  readonly program: "connector" | "gateway";
  /** In base64. */
  readonly keys: readonly Secret[];
  readonly replicas?: number | undefined;
}

/** @returns undefined where no key is configured: nothing is kept in a place where it could be read. */
export function openSharedStore(
  { id, events }: Pick<ProgramContext, "id" | "events">,
  bus: NatsBus,
  { program, keys, replicas }: SharedStoreOptions,
): SealedStore | undefined {
  if (keys.length === 0) {
    events.storeAbsent();
    return undefined;
  }
  const store = bus.openStore({
    inbox: storeInbox(program, id),
    ...(replicas === undefined ? {} : { replicas }),
    observe: (event) => tellStore(event, events),
  });
  return createSealedStore(store, {
    secrets: keys.map(bytesOf),
    foreign: (bucket) => events.storeEntryForeign({ bucket }),
  });
}
