/**
 * What the operators' pages have in common.
 *
 * @module
 */

import { html } from "../page/html.ts";
import type { Html } from "../page/html.ts";
import { statusScript, statusStyle } from "./status-assets.ts";

export const assetFolder = "/assets/";

export interface StatusPage {
  readonly title: string;
  readonly body: Html;
  /** Whose page it is; nobody's where they still have to sign in. */
  readonly operator?: { readonly formToken: string; readonly canTry: boolean };
  readonly at?: "/" | "/try";
  /** Seconds until the page is fetched again; it stays as it is without. */
  readonly refresh?: number;
}

export function statusLayout({ title, body, operator, at, refresh }: StatusPage): Html {
  const link = (path: string, text: string): Html =>
    path === at
      ? html`<a href="${path}" aria-current="page">${text}</a>`
      : html`<a href="${path}">${text}</a>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        ${
          refresh === undefined
            ? undefined
            : html`<noscript><meta http-equiv="refresh" content="${refresh}" /></noscript>`
        }
        <title>${title}</title>
        <link rel="stylesheet" href="${assetFolder + statusStyle.name}" />
        <script src="${assetFolder + statusScript.name}" defer></script>
      </head>
      <body data-refresh="${refresh ?? 0}">
        ${
          operator === undefined
            ? undefined
            : html`<header>
                <p class="name">Drawbridge</p>
                <nav aria-label="Pages">
                  ${link("/", "Status")} ${operator.canTry ? link("/try", "Try a login") : undefined}
                </nav>
                <form method="post" action="/sign-out">
                  <input type="hidden" name="token" value="${operator.formToken}" />
                  <button class="quiet-button">Sign out</button>
                </form>
              </header>`
        }
        <main class="${operator === undefined ? "alone" : ""}">${body}</main>
      </body>
    </html> `;
}

export function signInPage(problem: string | undefined): Html {
  return statusLayout({
    title: "Sign in – Drawbridge status",
    body: html`<section>
      <h1>Drawbridge status</h1>
      ${problem === undefined ? undefined : html`<p class="warning bad" role="alert">${problem}</p>`}
      <form method="post" action="/sign-in" data-once>
        <label for="token">Operators' token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required autofocus />
        <button class="first">Sign in</button>
      </form>
    </section>`,
  });
}

export function messagePage(title: string, text: string): Html {
  return statusLayout({
    title: `${title} – Drawbridge status`,
    body: html`<section>
      <h1>${title}</h1>
      <p>${text}</p>
      <p><a href="/">Go to the status</a></p>
    </section>`,
  });
}
