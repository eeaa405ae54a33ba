/**
 * How findings are told: lines for people, JSON for scripts, a bundle for those who are asked for help.
 *
 * @module
 */

import { release } from "node:os";
import { paint } from "../paint.ts";
import { version } from "../version.ts";
import type { Finding, FindingStatus } from "./finding.ts";
import { problems } from "./problems.ts";

const statusWidth = 8;
const checkWidth = 16;
const indent = " ".repeat(statusWidth);

export function describeFinding(finding: Finding): readonly string[] {
  const { status, check, subject, says, problem, facts = [], confidential = [] } = finding;
  const { why, what } = problem === undefined ? { why: undefined, what: undefined } : problems[problem];
  return [
    `${badge(status)}${check.padEnd(checkWidth)} ${printable(`${subject}: ${says}`)}`,
    ...[...facts, ...confidential].map((fact) => paint("dim", `${indent}· ${printable(fact)}`)),
    ...(why === undefined ? [] : [`${indent}  why: ${why}`, `${indent}  do:  ${what}`]),
  ];
}

function badge(status: FindingStatus): string {
  switch (status) {
    case "ok":
      return paint("green", "ok".padEnd(statusWidth));
    case "warning":
      return paint("yellow", "warning".padEnd(statusWidth));
    case "wrong":
      return paint("red", "WRONG".padEnd(statusWidth));
    case "skipped":
      return paint("dim", "skipped".padEnd(statusWidth));
  }
}

/** What servers say must not steer somebody's terminal. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "�");
}

export function findingsAsJson(findings: readonly Finding[]): string {
  const isFine = !findings.some(({ status }) => status === "wrong");
  const all = findings.map((one) => ({
    ...one,
    ...(one.problem === undefined
      ? {}
      : { why: problems[one.problem].why, what: problems[one.problem].what }),
  }));
  return JSON.stringify({ isFine, findings: all });
}

/** @param settings  As they were loaded; absent where they could not be. */
export function supportBundle(findings: readonly Finding[], settings: unknown): string {
  const bundle = {
    says:
      "Host names and ports, connections' names, certificates' subjects, and settings that are not text. " +
      "No password, key, account name, distinguished name or file name.",
    madeAt: new Date().toISOString(),
    drawbridge: version(),
    node: process.version,
    platform: `${process.platform} ${process.arch} ${release()}`,
    settings: redacted(settings),
    findings: findings.map((finding) => ({ ...finding, confidential: undefined })),
  };
  return `${JSON.stringify(bundle, undefined, 2)}\n`;
}

/** Settings whose text says nothing about people; all other text is left out, that of settings yet to come too. */
const toldSettings: ReadonlySet<string> = new Set([
  "level",
  "host",
  "servers",
  "preset",
  "controllers",
  "referrals",
  "order",
  "tlsName",
  "nameServers",
  "site",
  "operations",
  "disclosure",
  "may",
  "attribute",
  "type",
  "pick",
]);

function redacted(value: unknown, setting = ""): unknown {
  if (typeof value === "string") return toldSettings.has(setting) ? value : "[redacted]";
  if (Array.isArray(value)) return value.map((one: unknown) => redacted(one, setting));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, redacted(one, key)]));
}
