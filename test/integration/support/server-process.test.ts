import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createScratch } from "../../support/scratch.ts";
import { startServer } from "../../support/server-process.ts";

const goneTimeoutMs = 3_000;
const limit = { timeout: 90_000 };

const sleeper = {
  name: "sleeper",
  command: "sleep",
  args: ["60"],
  ready: async () => true,
  readyTimeoutMs: 1_000,
};

test("no server outlives a test that is killed with SIGKILL", limit, async () => {
  // What it cannot clean up any more is left in a folder of ours.
  await using scratch = await createScratch("orphans");
  const maker = spawn(process.execPath, [join(import.meta.dirname, "orphan-maker.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TMPDIR: scratch.folder },
  });
  try {
    const [line] = await once(createInterface({ input: maker.stdout }), "line");
    const pids: readonly number[] = JSON.parse(line);
    assert.equal(pids.length, 3);
    assert.deepEqual(pids.map(isAlive), [true, true, true]);

    maker.kill("SIGKILL");

    await waitUntil(() => !pids.some(isAlive));
  } finally {
    maker.kill("SIGKILL");
  }
});

test("a frozen server is gone when it has been disposed of", limit, async () => {
  const server = await startServer(sleeper);
  server.freeze();
  await server[Symbol.asyncDispose]();
  assert.equal(isAlive(server.pid), false);
});

test("the children of a server go with it", limit, async () => {
  // The shell ignores SIGTERM and has a child, as a server with workers that hangs.
  const lines: string[] = [];
  const server = await startServer({
    ...sleeper,
    command: "sh",
    args: ["-c", "trap '' TERM; sleep 60 & echo $!; wait"],
    ready: async () => lines.length > 0,
    onLine: (line) => lines.push(line),
  });
  await server.terminate(100);
  await waitUntil(() => !isAlive(Number(lines[0])));
});

test("a server that ends at its start is reported with its last words", limit, async () => {
  const starting = startServer({
    ...sleeper,
    command: "sh",
    args: ["-c", "echo the port is taken; exit 3"],
    ready: async () => false,
  });
  await assert.rejects(starting, /sleeper ended at its start:\nthe port is taken/);
});

test("a server that is never ready is stopped when its time is over", limit, async () => {
  const lines: string[] = [];
  const starting = startServer({
    ...sleeper,
    command: "sh",
    args: ["-c", "echo $$; exec sleep 60"],
    ready: async () => false,
    readyTimeoutMs: 300,
    onLine: (line) => lines.push(line),
  });
  await assert.rejects(starting, /not ready after 300 ms/);
  assert.equal(isAlive(Number(lines[0])), false);
});

/** A process that has ended but whose new parent has not asked how counts as gone: in a container nobody may ever ask. */
function isAlive(pid: number): boolean {
  assert.ok(Number.isInteger(pid) && pid > 0);
  try {
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    return status.slice(status.lastIndexOf(")") + 2, status.lastIndexOf(")") + 3) !== "Z";
  } catch {
    return false;
  }
}

async function waitUntil(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + goneTimeoutMs;
  while (!condition()) {
    assert.ok(performance.now() < giveUpAt, "a process is still there");
    await sleep(10);
  }
}
