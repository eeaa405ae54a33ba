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
  return cpuMsIn(`/proc/${pid}/stat`);
}

/** Of the thread that runs JavaScript, without those that collect, compile and read. */
export function mainThreadCpuMsOf(pid: number): number {
  return cpuMsIn(`/proc/${pid}/task/${pid}/stat`);
}

function cpuMsIn(file: string): number {
  const text = readFileSync(file, "utf8");
  // The name, in parentheses, may hold spaces.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** Of all processors together, so far. @see proc(5) — /proc/stat */
export function machineCpu(): { readonly busyMs: number; readonly idleMs: number } {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user = 0, nice = 0, system = 0, idle = 0, waiting = 0, hard = 0, soft = 0, stolen = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busy = user + nice + system + hard + soft + stolen;
  return { busyMs: busy * tickMs, idleMs: (idle + waiting) * tickMs };
}

export function residentMbOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1_024;
}
