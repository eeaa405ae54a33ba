/**
 * The simulation says of logins what was measured of them, and obeys the laws that hold for every queue.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { benchInstallation } from "../../../bench/capacity/parameters.ts";
import { calibrate } from "../../../bench/capacity/calibrate.ts";
import { compare, readMeasured, toleranceOf } from "../../../bench/capacity/measured.ts";
import type { Compared } from "../../../bench/capacity/measured.ts";
import { planFor } from "../../../bench/capacity/plan.ts";
import { byProcess, cpuOf } from "../../../bench/capacity/points.ts";
import type { At } from "../../../bench/capacity/points.ts";
import { simulate } from "../../../bench/capacity/simulation.ts";
import type { Installation, Parameters } from "../../../bench/capacity/parameters.ts";
import type { Simulated } from "../../../bench/capacity/simulation.ts";

const measured = readMeasured();
const { points, parameters } = measured;
const compared = compare(points, parameters);

function nameOf({ use, at }: Compared): string {
  return `${use}: ${JSON.stringify(at)}`;
}

/** What does not agree, each with its error. */
function disagreeing(all: readonly Compared[]): readonly string[] {
  return all.flatMap((point) =>
    Object.entries(point.errors)
      .filter(
        ([figure, error]) => !(Math.abs(error) <= toleranceOf(point.at) + (figure === "p50Ms" ? 0.1 : 0)),
      )
      .map(([figure, error]) => `${nameOf(point)} ${figure} ${error.toFixed(2)}`),
  );
}

describe("the simulation agrees with what was measured", () => {
  test("at every point, within what the page states", () => {
    assert.deepEqual(disagreeing(compared), []);
  });

  test("at more points that it has not seen than at those that gave it its parameters", () => {
    const unseen = points.filter(({ use }) => use === "validation").length;
    assert.ok(unseen > points.length - unseen, `${unseen} of ${points.length}`);
  });

  test("with parameters that follow from the points for calibration alone", () => {
    const seen = points.filter(({ use }) => use === "calibration");
    assert.deepEqual(calibrate({ ...measured, points: seen }), parameters);
  });

  const wrong: Readonly<Record<string, Parameters>> = {
    "logins that cost a connector half as much more": {
      ...parameters,
      costs: { ...parameters.costs, connector: times(parameters.costs.connector, 1.5) },
    },
    "turns that cost nothing": {
      ...parameters,
      costs: byProcess((process) => ({ ...parameters.costs[process], turnMs: 0 })),
    },
    "processes that never get cold": { ...parameters, waking: { ...parameters.waking, coldFactor: 0 } },
    "a line that is 10 ms slower": { ...parameters, lineMs: { 5: 10, 20: 10 } },
  };
  for (const [what, planted] of Object.entries(wrong)) {
    test(`and not with ${what}`, () => {
      const unseen = points.filter(({ use, at }) => use === "validation" && at.replicas === 1);
      assert.notDeepEqual(disagreeing(compare(unseen, planted)), []);
    });
  }
});

describe("the simulation obeys", () => {
  test("Little's law: what is under way comes as often as it ends, and stays as long as it takes", () => {
    for (const inFlight of [1, 16, 64, 256]) {
      const { perSecond, meanMs, meanInFlight } = run({ inFlight });
      near(meanInFlight, inFlight, 0.001);
      near((perSecond * meanMs) / 1_000, inFlight, 0.05);
    }
    const { perSecond, meanMs, meanInFlight } = run({ inFlight: 1, perSecond: 500 });
    near(meanInFlight, (perSecond * meanMs) / 1_000, 0.05);
  });

  test("that nobody works more than all the time, and all together not more than there are processors", () => {
    for (const inFlight of [1, 64, 256]) {
      const { utilisation, perSecond, cpuMs } = run({ inFlight });
      for (const [process, share] of Object.entries(utilisation))
        assert.ok(share <= 1.1, `${process} ${share}`);
      assert.ok((perSecond * cpuOf({ cpuMs })) / 1_000 <= 2 * 1.05);
    }
  });

  test("that a connection for binds carries one at a time", () => {
    const { perSecond, connectionMs } = run({ latencyMs: 20, pool: 4, inFlight: 64 });
    const inUse = (perSecond * connectionMs) / 1_000;
    assert.ok(inUse <= 4.01 && inUse > 3.9, `${inUse} in use`);
    assert.ok(perSecond <= 4_000 / 15, `${perSecond} a second`);
  });

  test("that more replicas answer more, until something else is the limit", () => {
    const perSecond = [1, 2, 4, 8].map(
      (replicas) =>
        run({ latencyMs: 20, pool: 4, inFlight: 256, replicas }, { processors: Infinity }).perSecond,
    );
    const [first = 0, second = 0, third = 0, fourth = 0] = perSecond;
    assert.ok(second > 1.6 * first && third > 1.6 * second && fourth > third, perSecond.join(", "));
  });

  test("that more in flight never answer less, by more than what waiting itself costs", () => {
    const perSecond = [1, 4, 16, 64].map((inFlight) => run({ inFlight }).perSecond);
    assert.deepEqual(
      perSecond,
      perSecond.toSorted((a, b) => a - b),
    );
  });

  test("that a replica takes no more than it may, and turns the others away", () => {
    const few = run({ latencyMs: 20, inFlight: 64 }, { inFlightMax: 8 });
    assert.ok(few.busyAnswers > 0);
    assert.ok((few.perSecond * few.slotMs) / 1_000 <= 8.01);
    assert.equal(run({ latencyMs: 20, inFlight: 64 }).busyAnswers, 0);
  });

  test("that a login waits for each way over the bus and for the directory", () => {
    const far = run({ inFlight: 1 }, { busMs: 10 });
    // Announce, claim, grant, the bind's announcement, its confirmation, verdict: to the server and from it.
    near(far.p50Ms - run({ inFlight: 1 }).p50Ms, 6 * 2 * 10, 0.1);
  });

  test("that it says the same each time", () => {
    assert.deepEqual(run({ inFlight: 16 }), run({ inFlight: 16 }));
  });
});

describe("a plan", () => {
  const options = { latencyMs: 5, busMs: 5, utilisationMax: 0.6 };

  test("leaves nobody busier than wished, with one of each away", () => {
    const { worst, usual } = planFor({ ...options, perSecond: 2_500 }, parameters);
    for (const process of ["gateway", "connector", "nats"] as const) {
      assert.ok(worst.utilisation[process] <= options.utilisationMax);
      assert.ok(usual.utilisation[process] < worst.utilisation[process]);
    }
    near(worst.perSecond, 2_500, 0.1);
  });

  test("has what failures need where there are few logins, and more of everything where there are many", () => {
    const [few, many] = [11, 5_000].map((perSecond) => planFor({ ...options, perSecond }, parameters));
    assert.deepEqual([few?.gateways, few?.replicas, few?.natsThreads], [2, 3, 1]);
    assert.ok((many?.gateways ?? 0) > 2 && (many?.replicas ?? 0) > 3);
  });

  test("gives replicas slots enough for logins that take long", () => {
    const { inFlightMax, pool } = planFor(
      { ...options, latencyMs: 50, busMs: 20, perSecond: 2_500 },
      parameters,
    );
    assert.ok(inFlightMax > 64 && pool > 16, `${inFlightMax} slots, ${pool} connections`);
  });
});

const installation: Installation = { ...benchInstallation(2), hasLine: false };

function run(at: Partial<At>, more: Partial<Installation> = {}): Simulated {
  const usual: At = { latencyMs: 0, replicas: 1, pool: 16, inFlight: 64 };
  return simulate({
    at: { ...usual, ...at },
    installation: { ...installation, ...more },
    parameters,
    logins: 1_000,
  });
}

function near(value: number, wanted: number, share: number): void {
  assert.ok(Math.abs(value / wanted - 1) <= share, `${value} instead of ${wanted}`);
}

function times({ turnMs, loginMs }: { readonly turnMs: number; readonly loginMs: number }, by: number) {
  return { turnMs: turnMs * by, loginMs: loginMs * by };
}
