/**
 * The one way to a second count that is left (ADR 4), from the side on which nothing happens: a controller that counts a dead replica's
 * bind within a third of a second counts the wrong password once.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createFakeDirectory } from "../../support/fake-directory.ts";
import type { FakeDirectory } from "../../support/fake-directory.ts";
import { startMemorySystem } from "../../support/memory-system.ts";
import type { MemoryReplica } from "../../support/memory-system.ts";

for (const confirm of [false, true]) {
  for (const heldMs of [0, 150, 300]) {
    const kind = confirm ? "without a clock" : "with a clock";
    test(`a bind that waits ${heldMs} ms in its controller while its replica dies counts once (directory ${kind})`, async () => {
      const shared = createFakeDirectory(["ada"], confirm);
      let holder: MemoryReplica | undefined;
      const views = [0, 1, 2].map((index): FakeDirectory => {
        const own: FakeDirectory = Object.create(shared);
        own.bind = (...args) => {
          holder = system.replicas[index];
          return shared.bind(...args);
        };
        return own;
      });
      using system = await startMemorySystem(views);
      const counted = Promise.withResolvers<void>();
      let isFirst = true;
      shared.beforeBind = async () => {
        if (!isFirst) return;
        isFirst = false;
        holder?.bus.cut();
        await pause(heldMs);
        setImmediate(() => counted.resolve());
      };
      assert.deepEqual(await system.login("ada", "wrong"), { outcome: "denied", reason: "bad_credentials" });
      await counted.promise;
      assert.deepEqual([shared.binds, shared.failures.get("ada")], [1, 1]);
    });
  }
}
