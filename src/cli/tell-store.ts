/**
 * What the bus tells of its buckets and streams, as events.
 *
 * @module
 */

import type { StoreEvent } from "../bus/store-event.ts";
import type { Events } from "../telemetry/events.ts";

export function tellStore(event: StoreEvent, events: Events): void {
  events.storeOperation({ ...event, isUnavailable: isUnavailable(event.result) });
}

function isUnavailable(result: StoreEvent["result"]): boolean {
  switch (result) {
    case "ok":
    case "none":
    case "conflict":
    case "differs":
      return false;
    case "tapped":
    case "no_jetstream":
    case "refused":
    case "disconnected":
    case "busy":
    case "timeout":
      return true;
  }
}
