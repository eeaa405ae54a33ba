/**
 * Holds the source to its own map: who may import whom, which package lives where, and how long a file may get.
 *
 * The table is the one in docs/architecture.md, read from there, so that the page cannot drift from the code.
 */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");
const source = join(root, "src");

interface Rule {
  readonly folders: ReadonlySet<string>;
  readonly packages: ReadonlySet<string>;
}

/** Rows of the table under the heading "Who may import whom": `| folder | folders | packages |`. */
function readTable(): ReadonlyMap<string, Rule> {
  const page = readFileSync(join(root, "docs", "architecture.md"), "utf8");
  const section = page.split("## Who may import whom")[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  const names = (cell: string | undefined): ReadonlySet<string> =>
    new Set([...(cell ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ""));
  return new Map(
    rows.map((row) => {
      const [, folder, folders, packages] = row.split("|");
      return [[...names(folder)][0] ?? "", { folders: names(folders), packages: names(packages) }];
    }),
  );
}

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

function readSource(): readonly SourceFile[] {
  return readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => ({ path: path.split(sep).join("/"), text: readFileSync(join(source, path), "utf8") }));
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s(?:[^;"']*?\sfrom\s)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;

/** Every breach of the table in these files, as sentences. */
function breaches(files: readonly SourceFile[], table: ReadonlyMap<string, Rule>): readonly string[] {
  return files.flatMap(({ path, text }) => {
    const folder = path.split("/")[0] ?? "";
    const rule = table.get(folder);
    if (rule === undefined) return [`${path}: the folder ${folder} is not in the table`];
    const found: string[] = [];
    for (const match of text.matchAll(importPattern)) {
      const target = match[1] ?? match[2] ?? "";
      const complaint = target.startsWith(".")
        ? checkFolder(path, target, folder, rule)
        : checkPackage(target, rule);
      if (complaint !== undefined) found.push(`${path}: ${complaint}`);
    }
    if (/\bprocess\.env\b/.test(text) && folder !== "config")
      found.push(`${path}: reads process.env outside config`);
    if (/\bprocess\.(exit|on|once)\b/.test(text) && folder !== "cli") {
      found.push(`${path}: handles signals or exits outside cli`);
    }
    return found;
  });
}

function checkFolder(path: string, target: string, folder: string, rule: Rule): string | undefined {
  if (!target.endsWith(".ts")) return `imports ${target} without its extension`;
  const file = relative(source, join(source, path, "..", target))
    .split(sep)
    .join("/");
  const other = file.split("/")[0] ?? "";
  if (other === "..") return `imports ${target}, outside src`;
  return other === folder || rule.folders.has(other) || rule.folders.has("everything")
    ? undefined
    : `${folder} must not import ${other}`;
}

function checkPackage(target: string, rule: Rule): string | undefined {
  if (target.startsWith("node:")) return undefined;
  const name = target.startsWith("@")
    ? target.split("/").slice(0, 2).join("/")
    : (target.split("/")[0] ?? "");
  return rule.packages.has(name) || rule.folders.has("everything")
    ? undefined
    : `must not import the package ${name}`;
}

test("every import is one that the table in docs/architecture.md allows", () => {
  assert.deepEqual(breaches(readSource(), readTable()), []);
});

test("the client runs wherever there is fetch: it imports none of Node's modules and names no global of Node alone", () => {
  const files = readSource().filter(({ path }) => path.startsWith("client/"));
  assert.ok(files.length > 0);
  for (const { path, text } of files)
    assert.doesNotMatch(text, /from "node:|\b(?:process|Buffer|require)\b/, path);
});

test("a planted breach of each kind is caught", () => {
  const planted: readonly (readonly [path: string, text: string])[] = [
    ["login/x.ts", 'import { a } from "../protocol/messages.ts";'],
    ["login/x.ts", 'import { z } from "zod";'],
    ["gateway/x.ts", 'import { createHandler } from "../connector/handle.ts";'],
    ["connector/x.ts", 'import type { Gateway } from "../gateway/gateway.ts";'],
    ["connector/http/x.ts", 'import { connectBus } from "../../bus/connect-bus.ts";'],
    ["directory/x.ts", 'import {\n  a,\n  b,\n} from "../cli/main.ts";'],
    ["verifiers/x.ts", 'export { Client } from "ldapts";'],
    ["protocol/x.ts", 'const nats = await import("nats");'],
    ["telemetry/x.ts", 'import "../bus/connect-bus.ts";'],
    ["gateway/x.ts", "const level = process.env.LEVEL;"],
    ["bus/x.ts", "process.exit(1);"],
    ["login/x.ts", 'import { a } from "../../test/support/samba.ts";'],
    ["client/x.ts", 'import type { Verdict } from "../login/verdict.ts";'],
    ["utils/x.ts", "export const a = 1;"],
  ];
  const table = readTable();
  for (const [path, text] of planted) {
    assert.equal(breaches([{ path, text }], table).length, 1, `not caught: ${path} ${text}`);
  }
});

test("the table covers every folder of src", () => {
  const folders = readdirSync(source).filter((name) => !name.includes("."));
  assert.deepEqual([...readTable().keys()].toSorted(), folders.toSorted());
});

test("the two files that tell the story stay short enough to be read in one go", () => {
  for (const path of ["connector/handle.ts", "gateway/authenticate.ts"]) {
    const lines = readFileSync(join(source, path), "utf8").trimEnd().split("\n").length;
    assert.ok(lines <= 120, `${path} has ${lines} lines, 120 at most`);
  }
});

test("no file is a barrel, a drawer or longer than 400 lines", () => {
  for (const { path, text } of readSource()) {
    assert.ok(
      !/(^|\/)(utils|helpers|common|shared|index\.ts)(\/|$)/.test(path),
      `${path}: a drawer or a barrel`,
    );
    assert.ok(text.split("\n").length <= 401, `${path}: longer than 400 lines`);
  }
});

test("traces are loaded where there are any, and nowhere else", () => {
  const isOfTraces = (path: string): boolean => path.startsWith("telemetry/traces/");
  for (const { path, text } of readSource()) {
    if (isOfTraces(path) || path === "cli/open-traces.ts") continue;
    const loaded = [...text.matchAll(/^import (?!type )[^;]*?from "([^"]+)"/gm)].map(
      (match) => match[1] ?? "",
    );
    for (const target of loaded) assert.doesNotMatch(target, /telemetry\/traces\/|open-traces/, path);
  }
});

test("imports inside src make no cycle", () => {
  const edges = new Map(
    readSource().map(({ path, text }) => [
      path,
      [...text.matchAll(importPattern)]
        .map((match) => match[1] ?? match[2] ?? "")
        .filter((target) => target.startsWith("."))
        .map((target) =>
          relative(source, join(source, path, "..", target))
            .split(sep)
            .join("/"),
        ),
    ]),
  );
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    assert.ok(!trail.includes(path), `a cycle: ${[...trail.slice(trail.indexOf(path)), path].join(" → ")}`);
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
});
