/**
 * What a process costs, as the kernel counts it.
 *
 * @see proc(5) — /proc/<pid>/stat fields 14 and 15, /proc/<pid>/status VmRSS
 * @module
 */

import { readFileSync } from "node:fs";

/** USER_HZ is 100 on every Linux that Node runs on. */
const tickMs = 10;

/** User and system time of all its threads so far. */
export function cpuMsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in parentheses, may hold spaces.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

export function residentMbOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1_024;
}
