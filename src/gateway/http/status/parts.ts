/**
 * Small parts of the operators' pages.
 *
 * @module
 */

import { html } from "../page/html.ts";
import type { Html } from "../page/html.ts";

/** @param kind  One of those in the style sheet; another one looks like none. */
export function badge(kind: string, text: string): Html {
  return html`<span class="badge ${kind}">${text}</span>`;
}

export function term(name: string, content: Html): Html {
  return html`<dt>${name}</dt>
    <dd>${content}</dd>`;
}

/**
 * In a narrow window each row becomes a list. What is wide all the same is scrolled by itself, with the keyboard too.
 *
 * @param rows  Their cells, as many as there are columns; the first names the row.
 */
export function wideTable(
  id: string,
  label: string,
  head: readonly string[],
  rows: readonly (readonly Html[])[],
): Html {
  const bodyRow = ([first, ...cells]: readonly Html[]): Html =>
    html`<tr>
      <th scope="row">${first}</th>
      ${cells.map((cell, index) => html`<td data-label="${head[index + 1]}">${cell}</td>`)}
    </tr>`;
  return html`<div class="wide" id="${id}" role="group" aria-label="${label}" tabindex="0">
    <table>
      <thead>
        <tr>
          ${head.map((text) => html`<th scope="col">${text}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(bodyRow)}
      </tbody>
    </table>
  </div>`;
}

/** A sentence in which names of settings and commands stand between backticks. */
export function prose(text: string): Html {
  const parts = text
    .split("`")
    .map((part, index) => (index % 2 === 0 ? html`${part}` : html`<code>${part}</code>`));
  return html`${parts}`;
}

export function timeOf(at: string): Html {
  return html`<time datetime="${at}">${at.slice(11, 19)} UTC</time>`;
}

/** How long ago, by two clocks that are one. */
export function agoOf(then: string, now: string): Html {
  return html`<time datetime="${then}">${spanOf(Date.parse(now) - Date.parse(then))}</time>`;
}

/** Exact enough for somebody who looks. */
export function spanOf(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}
