import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Liveness } from "../../../src/bus/liveness.ts";

const never = (): Promise<void> => new Promise(() => undefined);

interface Watched {
  readonly silences: readonly number[];
  readonly answers: readonly number[];
  readonly reconnects: number;
  pass(ms: number): Promise<void>;
}

/** Runs while `check` does, on a clock of the test's own. */
async function watching(
  flush: () => Promise<void>,
  isConnected: () => boolean,
  check: (watched: Watched) => Promise<void>,
): Promise<void> {
  mock.timers.enable({ apis: ["setTimeout"] });
  const silences: number[] = [];
  const answers: number[] = [];
  let reconnects = 0;
  const reconnect = (): Promise<void> => {
    reconnects += 1;
    return Promise.resolve();
  };
  const liveness = new Liveness({
    connection: { flush, reconnect },
    isConnected,
    silent: (ms) => silences.push(ms),
    answered: (ms) => answers.push(ms),
  });
  try {
    await check({
      silences,
      answers,
      get reconnects() {
        return reconnects;
      },
      async pass(ms) {
        for (let passed = 0; passed < ms; passed += 50) {
          mock.timers.tick(50);
          for (let turn = 0; turn < 5; turn += 1) await setImmediate();
        }
      },
    });
  } finally {
    liveness[Symbol.dispose]();
    mock.timers.reset();
  }
}

test("a server that answers is kept", async () => {
  let pings = 0;
  const flush = (): Promise<void> => {
    pings += 1;
    return Promise.resolve();
  };
  await watching(
    flush,
    () => true,
    async (watched) => {
      await watched.pass(2_000);
      assert.ok(pings >= 5);
      assert.equal(watched.reconnects, 0);
      assert.equal(watched.answers.length, pings);
    },
  );
});

test("one that is silent is left, and the next ones get twice as long each time", async () => {
  await watching(
    never,
    () => true,
    async (watched) => {
      await watched.pass(800);
      assert.deepEqual(watched.silences, [400]);
      assert.deepEqual(watched.answers, []);
      await watched.pass(20_000);
      assert.deepEqual(watched.silences, [400, 800, 1_600, 3_200, 6_400, 6_400]);
      assert.equal(watched.reconnects, 6);
    },
  );
});

test("while there is no connection nothing is asked, and nothing is held against anybody", async () => {
  let pings = 0;
  const flush = (): Promise<void> => {
    pings += 1;
    return never();
  };
  await watching(
    flush,
    () => false,
    async (watched) => {
      await watched.pass(5_000);
      assert.equal(pings, 0);
      assert.deepEqual(watched.silences, []);
    },
  );
});

test("a connection that is lost while a ping is out is the client's to mend", async () => {
  let connected = true;
  const flush = (): Promise<void> => {
    connected = false;
    return Promise.reject(new Error("disconnected"));
  };
  await watching(
    flush,
    () => connected,
    async (watched) => {
      await watched.pass(2_000);
      assert.equal(watched.reconnects, 0);
    },
  );
});
