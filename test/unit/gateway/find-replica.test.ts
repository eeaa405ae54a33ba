import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { ClaimTimeout } from "../../../src/gateway/claim-timeout.ts";
import { Exchange } from "../../../src/gateway/exchange.ts";
import { findReplica } from "../../../src/gateway/find-replica.ts";
import type { FoundReplica } from "../../../src/gateway/find-replica.ts";
import { Replicas } from "../../../src/gateway/replicas.ts";
import { createAttemptId } from "../../../src/login/attempt.ts";
import { Deadline } from "../../../src/login/deadline.ts";
import { unavailable } from "../../../src/login/verdict.ts";
import type { Heartbeat } from "../../../src/protocol/messages.ts";
import { madeHeartbeat } from "../../support/made-heartbeat.ts";
import { corp } from "../../support/memory-system.ts";
import { recordEvents } from "../../support/recorded-events.ts";

const patienceMs = 300;

type Announced = { readonly afterMs: number; readonly to: "nobody" | "no_connection" };

/** Each announce takes so long and ends so. @returns what is found, and how many announces of them it took. */
async function seek(
  course: readonly Announced[],
  state: Heartbeat["state"] = "ready",
): Promise<{ found: FoundReplica; announces: number }> {
  const clock = { now: 0 };
  const now = (): number => clock.now;
  const { events } = recordEvents();
  const replicas = new Replicas(corp, events, now, Math.random);
  replicas.heard(madeHeartbeat({ state }));
  using exchange = new Exchange(createAttemptId(randomBytes), corp, () => {});
  let announces = 0;
  const found = await findReplica(
    {
      exchange,
      method: "password",
      deadline: Deadline.after(10_000, now),
      patience: Deadline.after(patienceMs, now),
      tried: new Set(),
    },
    {
      replicas,
      claimTimeout: new ClaimTimeout(),
      obtainSession: () => Promise.resolve(undefined),
      announce: () => {
        const { afterMs, to } = course[announces] ?? { afterMs: 10_000, to: "nobody" };
        announces += 1;
        clock.now += afterMs;
        if (to === "nobody") exchange.deliver({ kind: "no_responders", step: "announce" });
        else exchange.deliver({ kind: "bus", connected: true });
        return to === "nobody";
      },
      events,
      now,
      random: () => 0,
    },
  );
  return { found, announces };
}

const nobody = { afterMs: 200, to: "nobody" } as const;
const noConnection = { afterMs: 200, to: "no_connection" } as const;

test("a login that no replica takes waits for as long as a person's patience", async () => {
  const { found, announces } = await seek([nobody, nobody]);
  assert.deepEqual(found, { kind: "end", end: unavailable("no_connector") });
  assert.equal(announces, 2);
});

test("where replicas beat and none has a controller, that is said", async () => {
  const { found } = await seek([nobody, nobody], "not_ready");
  assert.deepEqual(found, { kind: "end", end: unavailable("connector_not_ready") });
});

test("a login that waited for its gateway's own connection gives the replicas a patience of their own", async () => {
  const { announces } = await seek([noConnection, nobody, nobody, nobody, nobody, nobody, nobody]);
  assert.equal(announces, 7);
});

test("a connection that is lost again and again does not make it wait for ever", async () => {
  const { found, announces } = await seek(Array.from({ length: 50 }, () => noConnection));
  assert.deepEqual(found, { kind: "end", end: unavailable("bus_disconnected") });
  assert.equal(announces, 7);
});
