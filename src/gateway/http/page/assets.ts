/**
 * The files beside the pages: one style sheet and one small script, which everything works without.
 *
 * @module
 */

import { createAsset, readableOn } from "./theme.ts";
import type { Asset, Theme } from "./theme.ts";

export interface Assets {
  readonly style: Asset;
  readonly script: Asset;
  readonly all: ReadonlyMap<string, Asset>;
}

export function createAssets(theme: Theme): Assets {
  const style = createAsset("page", "css", "text/css; charset=utf-8", Buffer.from(styleSheet(theme)));
  const script = createAsset("page", "js", "text/javascript; charset=utf-8", Buffer.from(formScript));
  const files = [style, script, ...(theme.logo === undefined ? [] : [theme.logo])];
  return { style, script, all: new Map(files.map((file) => [file.name, file])) };
}

/** A second submit would be a second wrong password; a page that comes back from the browser's memory must be usable again. */
const formScript = `"use strict";
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent === "yes") return event.preventDefault();
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
    const button = form.querySelector("button[data-working]");
    if (button && (!event.submitter || event.submitter === button)) {
      button.dataset.label = button.textContent;
      button.textContent = button.dataset.working;
    }
  });
}
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-once]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    const button = form.querySelector("button[data-label]");
    if (button) button.textContent = button.dataset.label;
  }
});
`;

/** Text and outlines have colours of their own, so that no accent makes anything unreadable. */
function styleSheet({ accent, background }: Theme): string {
  return `:root {
  --accent: ${accent}; --on-accent: ${readableOn(accent)}; --ground: ${background}; --on-ground: ${readableOn(background)};
  --card: #ffffff; --text: #16191d; --quiet: #525a66; --line: #767f8c; --soft: #e4e7ec;
  --bad: #a3121f; --bad-soft: #fdecee; --note: #6b4a00; --note-soft: #fff6df;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1216; --on-ground: #e9ecf1; --card: #1a1f26; --text: #eef1f5; --quiet: #b3bcc8; --line: #8b95a3; --soft: #313843;
    --bad: #ffb3ba; --bad-soft: #3b1b20; --note: #ffdf9a; --note-soft: #35290d;
  }
}
${rules}`;
}

const rules = `*, *::before, *::after { box-sizing: border-box; }
html { font: 100%/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; display: grid; grid-template-rows: 1fr auto; justify-items: center; align-items: center;
  background: var(--ground); color: var(--text); padding: 1.5rem 1rem;
}
main {
  width: 100%; max-width: 25rem; background: var(--card); border-radius: 1rem; padding: 2.25rem 2rem 2rem;
  box-shadow: 0 1px 2px rgb(0 0 0 / 8%), 0 12px 32px rgb(0 0 0 / 10%);
}
.brand { display: flex; align-items: center; gap: .75rem; margin: 0 0 1.75rem; font-weight: 600; color: var(--quiet); overflow-wrap: anywhere; }
.brand img { max-height: 2.5rem; max-width: 9rem; display: block; }
h1 { font-size: 1.6rem; line-height: 1.2; letter-spacing: -.01em; margin: 0; overflow-wrap: anywhere; }
h1 + p { margin: .35rem 0 1.5rem; color: var(--quiet); overflow-wrap: anywhere; }
p { margin: 0 0 1rem; }
.summary, .note { border-radius: .6rem; padding: .8rem 1rem; margin: 0 0 1.5rem; border: 1px solid; border-left-width: 4px; }
.summary { background: var(--bad-soft); border-color: var(--bad); color: var(--bad); }
.note { background: var(--note-soft); border-color: var(--note); color: var(--note); }
.summary h2 { font-size: 1rem; margin: 0 0 .15rem; }
.summary p, .summary ul, .note p { margin: 0; }
.summary ul { padding-left: 1.1rem; }
.summary a { color: inherit; }
.field { margin: 0 0 1.15rem; }
label { display: block; font-weight: 600; margin: 0 0 .35rem; }
input, select {
  width: 100%; font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .7rem .85rem; min-height: 3rem;
}
input[readonly] { background: transparent; border-style: dashed; }
input[aria-invalid="true"], select[aria-invalid="true"] { border-color: var(--bad); border-width: 2px; }
.problem { color: var(--bad); margin: .35rem 0 0; font-size: .95rem; }
button {
  font: inherit; font-weight: 600; border-radius: .6rem; border: 1px solid transparent; padding: .7rem 1rem; min-height: 3rem; width: 100%;
  cursor: pointer; margin: .35rem 0 0;
}
.first, a.first {
  background: var(--accent); color: var(--on-accent); border-color: var(--accent); display: flex; align-items: center; justify-content: center;
  gap: .6rem; text-decoration: none; font-weight: 600; border-radius: .6rem; padding: .7rem 1rem; min-height: 3rem; text-align: center;
}
.first:hover { filter: brightness(1.08); }
.second { background: transparent; color: var(--text); text-decoration: underline; text-underline-offset: .2em; overflow-wrap: anywhere; }
.second:hover { background: var(--soft); }
.ways { border-top: 1px solid var(--soft); margin: 1.25rem 0 0; padding: 1.25rem 0 0; }
.ways ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .6rem; }
.way {
  display: flex; align-items: center; justify-content: center; color: var(--text); border: 1px solid var(--line); border-radius: .6rem;
  padding: .7rem 1rem; min-height: 3rem; text-align: center; text-decoration: none; font-weight: 600; overflow-wrap: anywhere;
}
.way:hover { background: var(--soft); }
:focus-visible { outline: 3px solid var(--text); outline-offset: 2px; }
[aria-busy="true"] .first { opacity: .85; cursor: progress; }
[aria-busy="true"] .first::before {
  content: ""; width: 1.1em; height: 1.1em; border-radius: 50%; border: .18em solid; border-right-color: transparent; animation: turn .8s linear infinite;
}
@keyframes turn { to { transform: rotate(1turn); } }
@media (prefers-reduced-motion: reduce) { [aria-busy="true"] .first::before { animation-duration: 3s; } }
@media (forced-colors: active) { main { border: 1px solid; } }
footer { color: var(--on-ground); padding: 1.25rem 0 0; max-width: 25rem; text-align: center; font-size: .95rem; overflow-wrap: anywhere; }
code { font-size: .95em; overflow-wrap: anywhere; }
@media (max-width: 26rem) {
  body { padding: 0; background: var(--card); grid-template-rows: auto auto; align-items: start; }
  main { border-radius: 0; box-shadow: none; padding: 1.75rem 1.25rem; }
  footer { color: var(--quiet); padding: 0 1.25rem 1.5rem; }
}
`;
