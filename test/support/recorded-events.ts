/**
 * Events that are kept instead of counted, so that a test can ask what happened.
 */

import type { Events } from "../../src/telemetry/events.ts";

export interface RecordedEvent {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function recordEvents(): { readonly events: Events; readonly seen: RecordedEvent[] } {
  const seen: RecordedEvent[] = [];
  const events = new Proxy({} as Events, {
    get: (_, name) => (fields: Readonly<Record<string, unknown>>) =>
      void seen.push({ name: String(name), fields }),
  });
  return { events, seen };
}
