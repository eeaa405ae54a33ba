/**
 * What all pages have in common.
 *
 * @module
 */

import type { Assets } from "./assets.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import type { Language, Texts } from "./texts.ts";
import type { Theme } from "./theme.ts";

/** Where and to whom a page speaks. */
export interface Surroundings {
  readonly theme: Theme;
  readonly assets: Assets;
  /** Path of the assets, with a slash at its end. */
  readonly assetPath: string;
  readonly language: Language;
  readonly texts: Texts;
  /** The application that the person wants to use. */
  readonly application: string;
}

export interface PageContent {
  readonly title: string;
  readonly body: Html;
  /** Where the browser goes on to by itself. */
  readonly next?: string;
}

export function layout(surroundings: Surroundings, { title, body, next }: PageContent): Html {
  const { theme, assets, assetPath, language, texts } = surroundings;
  const logo = theme.logo && html`<img src="${assetPath + theme.logo.name}" alt="" />`;
  const footer = texts.footer === "" ? undefined : html`<footer>${fill(texts.footer, surroundings)}</footer>`;
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        ${next === undefined ? undefined : html`<meta http-equiv="refresh" content="0; url=${next}" />`}
        <title>${title} – ${theme.name}</title>
        <link rel="stylesheet" href="${assetPath + assets.style.name}" />
        <script src="${assetPath + assets.script.name}" defer></script>
      </head>
      <body>
        <main>
          <p class="brand">${logo}<span>${theme.name}</span></p>
          ${body}
        </main>
        ${footer}
      </body>
    </html> `;
}

/** A text with the names that belong into it. */
export function fill(text: string, { theme, application }: Surroundings): string {
  return text.replaceAll(/\{(name|application)\}/g, (_, key) => (key === "name" ? theme.name : application));
}
