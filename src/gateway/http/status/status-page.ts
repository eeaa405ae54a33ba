/**
 * The status as a page: first whether logins are served, then what keeps them from it.
 *
 * @module
 */

import type { ConnectionProblem, ConnectionStatus, GatewayStatus } from "../../status/status-schema.ts";
import { html } from "../page/html.ts";
import type { Html } from "../page/html.ts";
import { agoOf, badge, prose, term, timeOf, wideTable } from "./parts.ts";
import { replicaTable } from "./replica-table.ts";

/** @param isPaused  Whether the page stays as it is. */
export function statusBody(status: GatewayStatus, isPaused: boolean): Html {
  return html`<p class="warning bad" id="stale" role="alert" hidden>
      This page gets no news any more: the gateway does not answer, or you are signed out. What it says may
      not hold.
    </p>
    <div id="live">
      ${banner(status, isPaused)} ${status.connections.map((one) => connectionSection(one, status.at))}
      ${loginsSection(status)} ${troublesSection(status)} ${gatewaySection(status)}
    </div>`;
}

export function overallState({ connections, gateway }: GatewayStatus): ConnectionStatus["state"] {
  const states = connections.map(({ state }) => state);
  if (!gateway.ready || states.includes("down")) return "down";
  return states.includes("impaired") ? "impaired" : "well";
}

function banner(status: GatewayStatus, isPaused: boolean): Html {
  const state = overallState(status);
  return html`<div class="banner ${state}">
    <h1>${sentenceOf(status)}</h1>
    ${problemLines(status)}
    <p>
      As this gateway saw it at ${timeOf(status.at)}.
      ${
        isPaused
          ? html`It stays as it is. <a href="/" id="resume">Go on refreshing</a>`
          : html`Refreshed by itself. <a href="/?paused" id="pause">Pause</a>`
      }
    </p>
  </div>`;
}

const problemTexts: Readonly<Record<ConnectionProblem, string>> = {
  no_replica_ready: "no replica takes logins",
  controller_unavailable: "a controller does not answer",
  controller_degraded: "a controller is slow",
  replica_not_ready: "a replica is not ready",
  replica_unreached: "a replica is not reached",
  replica_late: "a replica misses beats",
  replica_gone: "a replica is gone",
  replicas_differ: "replicas have different settings",
  strangers: "unknown replicas beat",
};

function sentenceOf({ connections, gateway }: GatewayStatus): string {
  const missing = Object.entries(gateway.parts).flatMap(([part, isThere]) => (isThere ? [] : [part]));
  if (missing.length > 0) return `This gateway is not ready: ${missing.join(", ")}`;
  if (!gateway.ready) return "This gateway is about to end";
  const down = connections.filter(({ state }) => state === "down");
  if (down.length > 0) {
    const rest = down.every(({ cache }) => cache) ? ", except those who are in the cache" : "";
    return `Nobody can log in at ${down.map(({ name }) => name).join(", ")}${rest}`;
  }
  return connections.every(({ state }) => state === "well")
    ? "Logins are served"
    : "Logins are served, but not all is well";
}

/** `corp: a replica is gone, …`, a line for each that is not well. */
function problemLines({ connections }: GatewayStatus): readonly Html[] {
  return connections
    .filter(({ problems }) => problems.length > 0)
    .map(
      ({ name, problems }) =>
        html`<p><strong>${name}:</strong> ${problems.map((problem) => problemTexts[problem]).join(", ")}</p>`,
    );
}

function connectionSection(connection: ConnectionStatus, at: string): Html {
  const { name, state, replicas, configurations, versions, strangers, cache } = connection;
  return html`<section aria-labelledby="connection-${name}">
    <div class="title">
      <h2 id="connection-${name}">${name}</h2>
      ${badge(state, state)}
      <p>${countStates(replicas)}${cache ? "; logins are kept for an outage" : ""}</p>
    </div>
    ${
      configurations > 1
        ? warning(
            "Drift:",
            `the replicas have ${configurations} different configurations, so the same login may end differently at each.`,
          )
        : undefined
    }
    ${versions.length > 1 ? warning("Mixed versions:", `${versions.join(", ")}.`) : undefined}
    ${
      strangers > 0
        ? warning(
            `${strangers} unknown:`,
            "so many replicas beat and have not proved who they are. Is a key missing in `connectorKeyFiles`? If not, somebody forges them.",
          )
        : undefined
    }
    ${
      replicas.length === 0
        ? html`<p>No replica is heard, and none was in the last half hour.</p>`
        : replicaTable(name, replicas, at)
    }
  </section>`;
}

function warning(word: string, text: string): Html {
  return html`<p class="warning"><strong>${word}</strong> ${prose(text)}</p>`;
}

/** `2 ready, 1 gone`. */
function countStates(replicas: ConnectionStatus["replicas"]): string {
  const states = [...new Set(["ready", ...replicas.map(({ state }) => state)])];
  return states
    .map((state) => `${replicas.filter((one) => one.state === state).length} ${state.replace("_", " ")}`)
    .join(", ");
}

function loginsSection({ logins }: GatewayStatus): Html {
  const rows = logins.map(({ connection, outcome, reason, count }) => [
    html`${connection}`,
    badge(outcome, outcome),
    html`${reason === "none" ? "" : reason}`,
    html`${count}`,
  ]);
  const head = ["Connection", "Outcome", "Reason", "How many"];
  return html`<section aria-labelledby="logins">
    <div class="title">
      <h2 id="logins">Logins</h2>
      <p>that ended at this gateway in the last five minutes</p>
    </div>
    ${
      rows.length === 0
        ? html`<p>None.</p>`
        : wideTable("logins-table", "Logins of the last five minutes", head, rows)
    }
  </section>`;
}

function troublesSection({ troubles, at }: GatewayStatus): Html {
  const head = ["When", "What", "Where", "What it means, what to do"];
  return html`<section aria-labelledby="troubles">
    <div class="title">
      <h2 id="troubles">What went wrong lately</h2>
      <p>at this gateway, the newest first; the log has it all</p>
    </div>
    ${
      troubles.length === 0
        ? html`<p>Nothing.</p>`
        : wideTable(
            "troubles-table",
            "What went wrong lately",
            head,
            troubles.map((trouble) => troubleRow(trouble, at)),
          )
    }
  </section>`;
}

function troubleRow(trouble: GatewayStatus["troubles"][number], at: string): readonly Html[] {
  const { event, isError, cause, connection, subject, attempt, count, firstAt, lastAt } = trouble;
  const { meaning = "", action = "" } = trouble;
  return [
    html`<span class="nowrap">${agoOf(lastAt, at)} ago</span>
      ${count > 1 ? html`<div class="quiet nowrap">${count} times in ${agoOf(firstAt, at)}</div>` : undefined}`,
    html`${badge(isError ? "down" : "impaired", event.replaceAll("_", " "))}
      <div class="quiet cause">${cause}</div>`,
    connection === undefined && subject === undefined
      ? html``
      : html`${connection}
        ${subject === undefined ? undefined : html`<div><code class="nowrap">${subject}</code></div>`}`,
    html`<div>${prose(meaning)} ${prose(action)}</div>
      ${
        attempt === undefined
          ? undefined
          : html`<div class="quiet">
              The last one: <code class="nowrap">drawbridge explain ${attempt}</code>
            </div>`
      }`,
  ];
}

function gatewaySection({ gateway, at }: GatewayStatus): Html {
  const { id, version, configuration, startedAt, busServer, inFlight, throttle, store, parts } = gateway;
  const buckets = Object.entries(store ?? {});
  const away = buckets.flatMap(([bucket, answers]) => (answers ? [] : [bucket]));
  const storeText = away.length > 0 ? `does not answer for ${away.join(", ")}` : "answers";
  return html`<section aria-labelledby="gateway">
    <div class="title"><h2 id="gateway">This gateway</h2></div>
    <dl>
      ${term("Id in the log", html`<code>${id}</code>`)} ${term("Version", html`${version}`)}
      ${term("Configuration", html`<code>${configuration}</code>`)}
      ${term("Running for", agoOf(startedAt, at))}
      ${term(
        "NATS",
        html`${parts["nats"] === false ? "not connected; last " : "connected to "}<code
            >${busServer ?? "no server"}</code
          >`,
      )}
      ${term("Store", html`${buckets.length === 0 ? "not used" : storeText}`)}
      ${term("Throttling of guesses", html`${throttle ? "on" : "off"}`)}
      ${term("Logins under way", html`${inFlight}`)}
    </dl>
  </section>`;
}
