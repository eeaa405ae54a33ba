/**
 * The replicas of one connection, a row each.
 *
 * @module
 */

import type { ReplicaStatus } from "../../status/status-schema.ts";
import { html } from "../page/html.ts";
import type { Html } from "../page/html.ts";
import { agoOf, badge, spanOf, wideTable } from "./parts.ts";

const kinds = {
  ready: "well",
  not_ready: "down",
  unreached: "down",
  late: "impaired",
  gone: "off",
} as const satisfies Record<ReplicaStatus["state"], string>;

const controllerKinds = { available: "well", degraded: "impaired", unavailable: "down" } as const;

const head = ["Replica", "State", "Load", "Controllers", "Version", "Configuration", "Running for"];

/** Names of settings that are shown in a row; `/status.json` has them all. */
const partsShownMax = 4;

/** @param at  When it was so. */
export function replicaTable(connection: string, replicas: readonly ReplicaStatus[], at: string): Html {
  const rows = replicas.map((replica) => replicaRow(replica, at));
  return wideTable(`replicas-${connection}`, `Replicas of ${connection}`, head, rows);
}

function replicaRow(replica: ReplicaStatus, at: string): readonly Html[] {
  const { id, state, version = "unknown", startedAt, methods } = replica;
  const isGone = state === "gone";
  return [
    html`<code class="nowrap">${id}</code>
      ${methods.length === 0 ? undefined : html`<div class="quiet">${methods.join(", ")}</div>`}`,
    html`${badge(kinds[state], state.replace("_", " "))} ${quiet(heardOf(replica))}`,
    isGone ? html`` : loadOf(replica),
    isGone ? html`` : controllersOf(replica),
    html`<span class="nowrap">${version}</span>`,
    configurationOf(replica),
    startedAt === undefined || isGone ? html`` : html`<span class="nowrap">${agoOf(startedAt, at)}</span>`,
  ];
}

function heardOf({ lastBeatMsAgo, lastReportMsAgo }: ReplicaStatus): string {
  const ms = lastBeatMsAgo ?? lastReportMsAgo;
  return ms === undefined ? "" : `heard ${spanOf(ms)} ago`;
}

function loadOf({ slots }: ReplicaStatus): Html {
  return slots === undefined ? html`` : html`<span class="nowrap">${slots.inUse} of ${slots.of}</span>`;
}

function controllersOf({ controllers }: ReplicaStatus): Html {
  return html`<ul class="plain">
    ${controllers.map(
      ({ name, state }) => html`<li>${badge(controllerKinds[state], state)} <code>${name}</code></li>`,
    )}
  </ul>`;
}

function configurationOf({ configuration, differsIn }: ReplicaStatus): Html {
  if (configuration === undefined) return html`unknown`;
  const shown = differsIn.slice(0, partsShownMax);
  const rest = differsIn.length - shown.length;
  const more = rest === 0 ? "" : ` and ${rest} more`;
  return html`<code class="nowrap">${configuration}</code> ${
      differsIn.length === 0
        ? undefined
        : html`<div class="differs">differs in ${shown.join(", ")}${more}</div>`
    }`;
}

function quiet(text: string): Html {
  return html`<div class="quiet nowrap">${text}</div>`;
}
