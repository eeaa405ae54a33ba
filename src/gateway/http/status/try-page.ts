/**
 * The page on which an operator tries a login, and reads what came of it.
 *
 * @module
 */

import type { Identity, ProfileValue } from "../../../login/identity.ts";
import type { Verdict } from "../../../login/verdict.ts";
import type { Hint } from "../../status/gateway-status.ts";
import { html } from "../page/html.ts";
import type { Html } from "../page/html.ts";
import { badge, prose, term } from "./parts.ts";
import type { TriedLogin } from "./try-login.ts";

export interface TryPage {
  readonly connections: readonly string[];
  readonly formToken: string;
  /** As it was typed before; never the password. */
  readonly username: string;
  readonly connection: string;
  readonly tried: TriedLogin | undefined;
  readonly explain: (verdict: Verdict) => Hint | undefined;
}

const groupsShownMax = 200;

export function tryBody({ connections, formToken, username, connection, tried, explain }: TryPage): Html {
  const options = connections.map(
    (name) => html`<option ${name === connection ? html`selected` : undefined}>${name}</option>`,
  );
  return html`${tried && resultSection(tried, explain)}
    <section>
      <div class="title"><h1>Try a login</h1></div>
      <p>
        It goes the way that everybody's does, past the throttle too: a wrong password counts in the
        directory. The log marks it as tried here; the password is kept nowhere.
      </p>
      <form class="form" method="post" action="/try" data-once>
        <input type="hidden" name="token" value="${formToken}" />
        <label for="connection">Connection</label>
        <select id="connection" name="connection">
          ${options}
        </select>
        <label for="username">User name</label>
        <input
          id="username"
          name="username"
          value="${username}"
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
          required
        />
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="off" required />
        <button class="first">Try this login</button>
      </form>
    </section>`;
}

function resultSection(tried: TriedLogin, explain: TryPage["explain"]): Html {
  if (tried.kind === "malformed")
    return html`<p class="warning bad" role="alert">This is no login: ${tried.problem}.</p>`;
  const { verdict, attempt, ms, record } = tried;
  const hint = explain(verdict);
  return html`<section aria-labelledby="result">
    <div class="title">
      <h2 id="result">
        The login was ${verdict.outcome === "unavailable" ? "not possible" : verdict.outcome}
      </h2>
      ${badge(verdict.outcome, reasonOf(verdict))}
    </div>
    ${hint === undefined ? undefined : html`<p class="warning">${prose(hint.meaning)} <strong>What to do:</strong> ${prose(hint.action)}</p>`}
    <dl>
      ${term("Attempt", html`<code>${attempt}</code>`)} ${term("Took", html`${round(ms)} ms`)}
      ${timesOf(ms, record).map(([name, span]) => term(`– ${name}`, html`${round(span)} ms`))}
      ${record?.connector === undefined ? undefined : term("Replica", html`<code>${record.connector}</code>`)}
      ${record?.controller === undefined ? undefined : term("Controller", html`<code>${record.controller}</code>`)}
      ${(record?.grants ?? 0) > 1 ? term("Replicas it was given to", html`${record?.grants}`) : undefined}
      ${verdict.outcome === "accepted" ? identityTerms(verdict.identity, verdict) : undefined}
    </dl>
    <p class="quiet below">What happened inside the replica: <code>drawbridge explain ${attempt}</code></p>
  </section>`;
}

/** Where the time went, as far as this gateway can tell. */
function timesOf(
  ms: number,
  record: Extract<TriedLogin, { readonly kind: "tried" }>["record"],
): readonly (readonly [string, number])[] {
  if (record?.claimMs === undefined) return [];
  return [
    ["before it: throttle and cache", Math.max(0, ms - record.ms)],
    ["until a replica took it", record.claimMs],
    ["replica and directory", Math.max(0, record.ms - record.claimMs)],
  ];
}

function identityTerms(
  { subjectId, accountName, distinguishedName, profile, groups, groupsRead }: Identity,
  { source, password }: Extract<Verdict, { readonly outcome: "accepted" }>,
): Html {
  const shown = groups.slice(0, groupsShownMax).map(({ name }) => html`<li>${name}</li>`);
  const isCut = groups.length > groupsShownMax;
  return html`${term("Answered by", html`${source === "cache" ? "the cache, not the directory" : "the directory"}`)}
  ${password && term("Password", html`${password.status}${password.expiresAt ? ` until ${password.expiresAt}` : ""}`)}
  ${term("Subject id", html`<code>${subjectId}</code>`)} ${term("Account", html`${accountName}`)}
  ${term("Distinguished name", html`${distinguishedName}`)}
  ${Object.entries(profile).map(([name, value]) => term(name, html`${valueText(value)}`))}
  ${term(
    `Groups (${groups.length}${groupsRead === "complete" ? "" : ", not all could be read"})`,
    html`<ul class="plain">
      ${shown} ${isCut ? html`<li>… and ${groups.length - groupsShownMax} more</li>` : undefined}
    </ul>`,
  )}`;
}

function valueText(value: ProfileValue): string {
  return Array.isArray(value) ? value.map(String).join(", ") : String(value);
}

function reasonOf(verdict: Verdict): string {
  switch (verdict.outcome) {
    case "accepted":
      return verdict.source === "cache" ? "from the cache" : "accepted";
    case "denied":
      return verdict.reason;
    case "unavailable":
      return verdict.fault;
  }
}

function round(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : String(Math.round(ms));
}
