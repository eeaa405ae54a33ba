/**
 * The pages that people see.
 *
 * @module
 */

import { buttons, field, picker, problemSummary } from "./form.ts";
import type { Choice, Problem } from "./form.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { fill, layout } from "./layout.ts";
import type { Surroundings } from "./layout.ts";
import type { PageError } from "./texts.ts";

/** What the form carries back to prove that it is ours. */
export interface FormTarget {
  readonly path: string;
  readonly token: string;
}

/** A way in beside the form. */
export interface Way {
  readonly href: string;
  readonly label: string;
}

export interface LoginForm {
  readonly userName: string;
  /** Empty where there is nothing to choose from. */
  readonly connections: readonly Choice[];
  readonly connection?: string;
  readonly problems: readonly Problem[];
  readonly ways: readonly Way[];
}

export function loginPage(surroundings: Surroundings, target: FormTarget, form: LoginForm): Html {
  const { texts } = surroundings;
  const { userName, connections, connection, problems, ways } = form;
  const isNamed = userName !== "";
  return layout(surroundings, {
    title: problems.length === 0 ? texts.title : `${texts.problemTitle}: ${texts.title}`,
    body: html`<h1>${texts.title}</h1>
      <p>${fill(texts.intro, surroundings)}</p>
      ${problemSummary(surroundings, problems)}
      <form method="post" action="${target.path}" data-once>
        <input type="hidden" name="token" value="${target.token}" />
        ${field({ name: "username", label: texts.userName, type: "text", autocomplete: "username", value: userName, focus: !isNamed }, problems)}
        ${field({ name: "password", label: texts.password, type: "password", autocomplete: "current-password", focus: isNamed }, problems)}
        ${connections.length === 0 ? undefined : picker({ name: "connection", label: texts.connection }, connections, connection, problems)}
        ${buttons(surroundings, "login", texts.submit)}
      </form>
      ${otherWays(surroundings, ways)}`,
  });
}

function otherWays({ texts }: Surroundings, ways: readonly Way[]): Html | undefined {
  if (ways.length === 0) return undefined;
  const links = ways.map(({ href, label }) => html`<li><a class="way" href="${href}">${label}</a></li>`);
  return html`<nav class="ways" aria-label="${texts.otherWays}">
    <ul>
      ${links}
    </ul>
  </nav>`;
}

export interface ChangeForm {
  readonly userName: string;
  readonly connection: string;
  /** Why the password has to be changed. */
  readonly reason: string;
  readonly problems: readonly Problem[];
}

/** Asks for the old password again: it is never put into a page. */
export function changePage(surroundings: Surroundings, target: FormTarget, form: ChangeForm): Html {
  const { texts } = surroundings;
  const { userName, connection, reason, problems } = form;
  return layout(surroundings, {
    title: problems.length === 0 ? texts.changeTitle : `${texts.problemTitle}: ${texts.changeTitle}`,
    body: html`<h1>${texts.changeTitle}</h1>
      <p>${fill(texts.changeIntro, surroundings)}</p>
      ${problems.length === 0 ? html`<div class="note" role="alert"><p>${reason}</p></div>` : problemSummary(surroundings, problems)}
      <form method="post" action="${target.path}" data-once>
        <input type="hidden" name="token" value="${target.token}" />
        <input type="hidden" name="connection" value="${connection}" />
        ${field({ name: "username", label: texts.userName, type: "text", autocomplete: "username", value: userName, readonly: true }, problems)}
        ${field({ name: "password", label: texts.oldPassword, type: "password", autocomplete: "current-password", focus: true }, problems)}
        ${field({ name: "new-password", label: texts.newPassword, type: "password", autocomplete: "new-password" }, problems)}
        ${field({ name: "repeat-password", label: texts.repeatPassword, type: "password", autocomplete: "new-password" }, problems)}
        ${buttons(surroundings, "change", texts.changeSubmit)}
      </form>`,
  });
}

/**
 * Between the form and the application: a redirect straight from the form would be checked against `form-action`, and so would
 * every redirect that the application then makes.
 */
export function continuePage(surroundings: Surroundings, next: string): Html {
  const { texts } = surroundings;
  return layout(surroundings, {
    title: texts.continueTitle,
    next,
    body: html`<h1>${texts.continueTitle}</h1>
      <p>${fill(texts.continueText, surroundings)}</p>
      <a class="first" href="${next}">${fill(texts.continueLink, surroundings)}</a>`,
  });
}

/** Waits for the person, who would see nothing of it otherwise. */
export function cachedLoginPage(surroundings: Surroundings, next: string): Html {
  const { texts } = surroundings;
  return layout(surroundings, {
    title: texts.cachedTitle,
    body: html`<h1>${texts.cachedTitle}</h1>
      <p>${fill(texts.intro, surroundings)}</p>
      <div class="note" role="status"><p>${texts.cachedText}</p></div>
      <a class="first" href="${next}" autofocus>${fill(texts.continueLink, surroundings)}</a>`,
  });
}

/** @param detail  For whoever runs the application: the library's own words. */
export function errorPage(surroundings: Surroundings, error: PageError, detail?: string): Html {
  const { title, text } = surroundings.texts.errors[error];
  return layout(surroundings, {
    title,
    body: html`<h1>${title}</h1>
      <p>${text}</p>
      ${detail === undefined ? undefined : html`<p><code>${detail}</code></p>`}`,
  });
}

/** @param token  What the library wants back from its own form. */
export function logoutPage(surroundings: Surroundings, action: string, token: string): Html {
  const { texts } = surroundings;
  return layout(surroundings, {
    title: texts.logoutTitle,
    body: html`<h1>${texts.logoutTitle}</h1>
      <p>${fill(texts.logoutText, surroundings)}</p>
      <form method="post" action="${action}" data-once>
        <input type="hidden" name="xsrf" value="${token}" />
        <button class="first" name="logout" value="yes" autofocus>${texts.logoutSubmit}</button>
        <button class="second">${texts.logoutStay}</button>
      </form>`,
  });
}

export function loggedOutPage(surroundings: Surroundings): Html {
  const { texts } = surroundings;
  return layout(surroundings, {
    title: texts.loggedOutTitle,
    body: html`<h1>${texts.loggedOutTitle}</h1>
      <p>${texts.loggedOutText}</p>`,
  });
}
