/**
 * `docs/benchmarks.svg`: logins a second of everything that was measured, one panel for each distance to the directory.
 *
 * It brings its own background, and colours for light and dark, because a page that shows it as an image cannot give it any.
 *
 * @module
 */

import { spreadOf, valuesOf } from "../../bench/ratios.ts";
import type { Spread } from "../../bench/ratios.ts";
import type { Row } from "../../bench/row.ts";
import { circumstancesAt } from "../../bench/sections/throughput.ts";

const panels = [
  { latencyMs: 0, title: "directory answers at once" },
  { latencyMs: 5, title: "5 ms away" },
  { latencyMs: 20, title: "20 ms away" },
] as const;

const width = 920;
const [margin, labelWidth, gap, valueWidth] = [24, 172, 24, 52];
const [top, rowHeight, barHeight] = [98, 30, 16];
const panelWidth = (width - 2 * margin - labelWidth - gap * (panels.length - 1)) / panels.length;
const barMax = panelWidth - valueWidth;

const legend =
  "Each panel to a scale of its own. Dashed: the bare loop. Thin: from the worst to the best of the rounds.";

const style = `
  text { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2933; stroke: #ffffff; stroke-width: 4; paint-order: stroke; }
  .ground { fill: #ffffff; stroke: #d5dbe1; }
  .head { font-weight: 600; font-size: 15px; }
  .small { font-size: 12px; }
  .quiet { fill: #52606d; }
  .name { text-anchor: end; }
  .ours { font-weight: 600; }
  .bar { fill: #a3afbb; }
  .bar.ours { fill: #0f766e; }
  .range { stroke: #1f2933; stroke-width: 1.2; }
  .bare { stroke: #52606d; stroke-dasharray: 3 3; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; stroke: #0d1117; }
    .ground { fill: #0d1117; stroke: #30363d; }
    .quiet { fill: #9aa7b4; }
    .bar { fill: #57636f; }
    .bar.ours { fill: #2fb8a8; }
    .range { stroke: #e6edf3; }
    .bare { stroke: #9aa7b4; }
  }
`;

export function renderLoginsPlot(rows: readonly Row[]): string {
  const names = [...new Set(rows.filter(({ section }) => section === "throughput").map(({ name }) => name))];
  const height = top + names.length * rowHeight + margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title what">`,
    `<title id="title">Logins a second, by distance to the directory</title>`,
    `<desc id="what">The figures are in the tables of docs/benchmarks.md.</desc>`,
    `<style>${style}</style>`,
    `<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    text(margin, 32, "Logins a second", "head"),
    text(margin, 52, legend, "quiet small"),
    ...names.map((name, index) =>
      text(margin + labelWidth - 10, baseline(index), name, `name${isOurs(name) ? " ours" : ""}`),
    ),
    ...panels.flatMap((panel, index) => renderPanel(panel, index, names, rows)),
    "</svg>",
    "",
  ].join("\n");
}

function renderPanel(
  { latencyMs, title }: (typeof panels)[number],
  index: number,
  names: readonly string[],
  rows: readonly Row[],
): readonly string[] {
  const left = margin + labelWidth + index * (panelWidth + gap);
  const measured = names.map((name) => speedOf(rows, name, latencyMs));
  if (measured.every((one) => one === undefined))
    return [text(left, 84, `${title}: not measured yet`, "quiet")];
  const scale = barMax / Math.max(...measured.map((one) => one?.most ?? 0));
  const bare = left + scale * (speedOf(rows, "bare loop", latencyMs)?.median ?? 0);
  return [
    text(left, 84, title, "quiet"),
    line("bare", bare, top - 4, bare, top + names.length * rowHeight),
    ...names.flatMap((name, row) => renderBar(left, row, name, measured[row], scale)),
  ];
}

function renderBar(
  left: number,
  row: number,
  name: string,
  measured: Spread | undefined,
  scale: number,
): readonly string[] {
  if (measured === undefined) return [];
  const { median, least, most } = measured;
  const y = top + row * rowHeight + (rowHeight - barHeight) / 2;
  const middle = y + barHeight / 2;
  return [
    `<rect class="bar${isOurs(name) ? " ours" : ""}" x="${short(left)}" y="${short(y)}" width="${short(scale * median)}" height="${barHeight}" rx="2"/>`,
    line("range", left + scale * least, middle, left + scale * most, middle),
    text(
      left + scale * most + 7,
      baseline(row),
      Math.round(median).toLocaleString("en"),
      isOurs(name) ? "ours" : "quiet",
    ),
  ];
}

function speedOf(rows: readonly Row[], name: string, latencyMs: number): Spread | undefined {
  const at = circumstancesAt(latencyMs, name);
  const rounds = valuesOf({ section: "throughput", name, at, figure: "perSecond" }, rows);
  return rounds && spreadOf(rounds);
}

function isOurs(name: string): boolean {
  return name.startsWith("Drawbridge");
}

function baseline(row: number): number {
  return top + row * rowHeight + rowHeight / 2 + 4.5;
}

function text(x: number, y: number, what: string, kind: string): string {
  return `<text class="${kind}" x="${short(x)}" y="${short(y)}">${what}</text>`;
}

function line(kind: string, x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="${kind}" x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}"/>`;
}

function short(value: number): string {
  return String(Math.round(10 * value) / 10);
}
