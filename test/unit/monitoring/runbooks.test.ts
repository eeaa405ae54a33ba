/**
 * The runbooks tell somebody who was just woken nothing that does not work.
 */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findCommand, parseInput } from "../../../src/cli/command.ts";
import { commands } from "../../../src/cli/commands.ts";
import { metricDefinitions } from "../../../src/telemetry/metrics.ts";
import { dashboards } from "../../support/monitoring.ts";

const folder = join(import.meta.dirname, "../../../docs/operations/runbooks");
const pages = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));

test("every command line of ours is one that is taken", () => {
  const lines = pages.flatMap(({ name, text }) =>
    [...text.matchAll(/^drawbridge (.+)$/gm)].map(([, line = ""]) => ({ name, words: line.split(" ") })),
  );
  assert.ok(lines.length >= pages.length);
  for (const { name, words } of lines) {
    const command = findCommand(commands, words);
    assert.ok(command !== undefined, `${name}: ${words.join(" ")}`);
    const options = words.slice(command.name.split(" ").length);
    assert.doesNotThrow(
      () => parseInput(command, options, AbortSignal.abort()),
      `${name}: ${words.join(" ")}`,
    );
  }
});

test("every metric that is looked for is told", () => {
  const known = Object.keys(metricDefinitions);
  for (const { name, text } of pages) {
    for (const [word] of text.matchAll(/drawbridge_\w+/g)) {
      assert.ok(
        known.some((metric) => metric.startsWith(word)),
        `${name}: nothing tells ${word}`,
      );
    }
  }
});

test("every panel that is named is on a dashboard", () => {
  const titles = new Set(dashboards.flatMap(({ panels }) => panels.map(({ title }) => title)));
  const named = pages.flatMap(({ name, text }) =>
    [...text.matchAll(/_([A-Z][^_\n]+)_/g)].map(([, title = ""]) => ({ name, title })),
  );
  assert.ok(named.length > 5);
  for (const { name, title } of named) assert.ok(titles.has(title), `${name}: there is no panel “${title}”`);
});
