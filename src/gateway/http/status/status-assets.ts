/**
 * The style sheet of the operators' pages, and a small script, which everything works without.
 *
 * @module
 */

import { createAsset } from "../page/theme.ts";
import type { Asset } from "../page/theme.ts";

/** Fresh figures without a new page: what has the focus keeps it, and what somebody is about to copy stays. A form is sent once. */
const script = `"use strict";
const seconds = Number(document.body.dataset.refresh);
async function refresh() {
  const answer = await fetch(location.href, { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(1000 * seconds) });
  if (!answer.ok) throw new Error("no answer");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [old, fresh, focused] = [document.getElementById("live"), page.getElementById("live"), document.activeElement?.id];
  if (!fresh) throw new Error("another page");
  if (!getSelection().isCollapsed) return;
  const scrolled = new Map([...old.querySelectorAll(".wide")].map(({ id, scrollLeft }) => [id, scrollLeft]));
  old.replaceWith(document.adoptNode(fresh));
  for (const [id, left] of scrolled) if (document.getElementById(id)) document.getElementById(id).scrollLeft = left;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  document.title = page.title;
}
if (seconds > 0) setInterval(async () => {
  if (document.hidden) return;
  const stale = document.getElementById("stale");
  try { await refresh(); stale.hidden = true; } catch { stale.hidden = false; }
}, 1000 * seconds);
for (const form of document.querySelectorAll("form[data-once]")) form.addEventListener("submit", (event) => {
  if (form.dataset.sent === "yes") event.preventDefault();
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
});
`;

/** State is told by words and shape; colour only repeats it. */
const style = `:root {
  --ground: #f5f6f8; --card: #ffffff; --text: #16191d; --quiet: #525a66; --line: #d5d9e0; --edge: #767f8c;
  --good: #0b6b3a; --good-soft: #e3f4ea; --note: #6b4a00; --note-soft: #fff3d1; --bad: #a3121f; --bad-soft: #fde8ea;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1216; --card: #181d23; --text: #eef1f5; --quiet: #b3bcc8; --line: #313843; --edge: #8b95a3;
    --good: #86dfae; --good-soft: #12301f; --note: #ffdf9a; --note-soft: #35290d; --bad: #ffb3ba; --bad-soft: #3b1b20;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { font: 100%/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--text); font-variant-numeric: tabular-nums; }
header, main { max-width: 78rem; margin: 0 auto; padding: 0 1.25rem; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.25rem; padding-top: 1rem; padding-bottom: .75rem; }
header .name { font-weight: 700; margin-right: auto; }
header form { margin: 0; }
a { color: inherit; text-underline-offset: .2em; }
nav a, .quiet-button { display: inline-block; padding: .45rem .1rem; }
nav { display: flex; gap: 1.25rem; }
[aria-current] { font-weight: 700; text-decoration: none; }
.quiet-button { font: inherit; color: inherit; background: none; border: 0; text-decoration: underline; text-underline-offset: .2em; cursor: pointer; }
:focus-visible { outline: 3px solid var(--text); outline-offset: 2px; border-radius: .2rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; letter-spacing: -.01em; }
h2 { font-size: 1.1rem; margin: 0; }
h2 code { font-size: 1em; }
p { margin: 0; }
.banner { border: 1px solid var(--line); border-left: .5rem solid; border-radius: .6rem; background: var(--card); padding: 1rem 1.25rem; margin: 0 0 1.25rem; }
.banner p { color: var(--quiet); margin-top: .25rem; }
.banner.well { border-left-color: var(--good); }
.banner.impaired { border-left-color: var(--note); }
.banner.down { border-left-color: var(--bad); }
section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin: 0 0 1.25rem; padding: 1rem 1.25rem; }
.title { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .75rem; margin: 0 0 .6rem; }
.title p, .quiet { color: var(--quiet); }
.warning { border-radius: .4rem; padding: .5rem .75rem; margin: 0 0 .75rem; background: var(--note-soft); color: var(--note); overflow-wrap: anywhere; }
.warning.bad { background: var(--bad-soft); color: var(--bad); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; font-size: .85rem; color: var(--quiet); white-space: nowrap; }
th, td { padding: .5rem 1.5rem .5rem 0; vertical-align: top; border-top: 1px solid var(--line); }
thead th { border-top: 0; padding-top: 0; }
tbody th { color: var(--text); font-size: 1rem; font-weight: 400; }
code { font: .9em/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.nowrap, .nowrap code { white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
tbody th .quiet, td .quiet { font-size: .85rem; }
.cause { max-width: 20rem; overflow-wrap: anywhere; }
.badge { display: inline-flex; align-items: center; gap: .4rem; border-radius: 1rem; padding: .05rem .65rem .05rem .5rem; white-space: nowrap; font-size: .9rem; font-weight: 600; }
.badge::before { content: ""; width: .6rem; height: .6rem; border-radius: 50%; background: currentColor; }
.well.badge, .accepted.badge { color: var(--good); background: var(--good-soft); }
.impaired.badge, .denied.badge { color: var(--note); background: var(--note-soft); }
.impaired.badge::before, .denied.badge::before { border-radius: 0; }
.down.badge, .unavailable.badge { color: var(--bad); background: var(--bad-soft); }
.down.badge::before, .unavailable.badge::before { border-radius: 0; rotate: 45deg; }
.off.badge { color: var(--quiet); border: 1px solid var(--line); }
.off.badge::before { background: none; border: 2px solid currentColor; }
.differs { color: var(--note); font-weight: 600; font-size: .9rem; max-width: 22rem; overflow-wrap: anywhere; }
ul.plain { list-style: none; margin: 0; padding: 0; }
ul.plain li + li { margin-top: .2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.5rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
.below { margin-top: 1rem; }
h1 + .warning { margin-top: 1rem; }
#stale { position: sticky; top: .5rem; z-index: 1; border: 1px solid; font-weight: 600; }
.form { max-width: 26rem; }
label { display: block; font-weight: 600; margin: .9rem 0 .3rem; }
input, select { width: 100%; font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--edge); border-radius: .4rem; padding: .55rem .7rem; min-height: 2.75rem; }
.first { font: inherit; font-weight: 600; color: var(--card); background: var(--text); border: 1px solid var(--text); border-radius: .4rem; padding: .55rem 1.1rem; min-height: 2.75rem; margin-top: 1.1rem; cursor: pointer; }
.alone { min-height: 80vh; display: grid; place-items: center; }
.alone section { width: 100%; max-width: 26rem; padding: 1.75rem; }
@media (max-width: 56rem) {
  table, tbody, tr, th, td { display: block; }
  thead { display: none; }
  tr { border-top: 1px solid var(--line); padding: .6rem 0; }
  tr:first-child { border-top: 0; padding-top: 0; }
  th, td { border: 0; padding: .15rem 0; }
  td[data-label] { display: grid; grid-template-columns: 7rem 1fr; gap: 0 .75rem; }
  td[data-label] > * { grid-column: 2; }
  td[data-label]::before { content: attr(data-label); color: var(--quiet); grid-column: 1; grid-row: 1 / span 3; font-size: .9rem; }
  td .badge { justify-self: start; }
  td:empty { display: none; }
}
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
@media (forced-colors: active) { .badge { border: 1px solid; } }
`;

export const statusStyle: Asset = createAsset("status", "css", "text/css; charset=utf-8", Buffer.from(style));
export const statusScript: Asset = createAsset(
  "status",
  "js",
  "text/javascript; charset=utf-8",
  Buffer.from(script),
);
