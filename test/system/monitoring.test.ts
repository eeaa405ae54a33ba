/**
 * What an operator sees, on a Prometheus that scraped the live system: every query of the dashboards has an answer, every rule can be
 * evaluated, and whatever is sent to the programs, the series stay few.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createProcessId } from "../../src/protocol/subjects.ts";
import { captureBus } from "../support/bus-capture.ts";
import { alerts, dashboards, records } from "../support/monitoring.ts";
import { startWatchedSystem } from "../support/watched-system.ts";
import type { WatchedSystem } from "../support/watched-system.ts";

/** Queries about parts that this system does not have, or faults that it does not suffer: a zero is the whole truth. */
const nothingToTell: ReadonlySet<string> = new Set([
  "Audit records, A",
  "Binds that were refused, A",
  "Binds whose answer never came, A",
  "Discovery by DNS, A",
  "Handed back, or no answer, A",
  "Kerberos tickets denied or unread, A",
  "Shared memory in JetStream, A",
  "What was not believed, B",
  "Who is revoked, A",
]);

interface Question {
  readonly place: string;
  readonly expr: string;
  readonly acceptsNone: boolean;
}

const questions: readonly Question[] = dashboards.flatMap(({ file, panels, annotationQueries }) => [
  ...panels.flatMap(({ title, targets }) =>
    targets.map(({ expr, refId }) => ({
      place: `${file}, ${title}, ${refId}`,
      expr,
      acceptsNone: nothingToTell.has(`${title}, ${refId}`),
    })),
  ),
  ...annotationQueries.map((expr) => ({ place: `${file}, annotation`, expr, acceptsNone: false })),
]);

/** As Grafana fills its variables in, where all are chosen. */
function filled(expr: string): string {
  return expr
    .replaceAll("$__rate_interval", "1m")
    .replaceAll("$connection", ".+")
    .replaceAll("$controller", ".+");
}

const answersTimeoutMs = 100_000;

describe("the system as Prometheus sees it", { timeout: 170_000 }, () => {
  let system: WatchedSystem;
  before(async () => {
    system = await startWatchedSystem();
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
  });

  async function isAnswered({ expr, acceptsNone }: Question): Promise<boolean> {
    const samples = await system.prometheus.query(filled(expr));
    return samples.some(
      ({ labels, value }) =>
        Number.isFinite(value) && (acceptsNone || !Object.values(labels).includes("none")),
    );
  }

  async function unansweredOf(asked: readonly Question[]): Promise<readonly Question[]> {
    const answers = await Promise.all(asked.map(isAnswered));
    return asked.filter((_, index) => answers[index] === false);
  }

  test("every query of every dashboard has an answer, through an outage and a frozen replica", async () => {
    const { slapd, connectors, nats, everybody } = system;
    const stranger = await nats.connectAs("connector");
    const giveUpAt = performance.now() + answersTimeoutMs;
    let unanswered: readonly Question[] = questions;
    const lookUntil = async (isOver: () => boolean): Promise<void> => {
      do {
        stranger.publish("drawbridge.v1.corp.heartbeat", "not a heartbeat");
        await everybody();
        unanswered = await unansweredOf(unanswered);
      } while (!isOver() && unanswered.length > 0 && performance.now() < giveUpAt);
    };
    let rounds = 0;
    const thrice = (): boolean => (rounds += 1) % 3 === 0;
    await lookUntil(thrice);
    while (unanswered.length > 0 && performance.now() < giveUpAt) {
      await slapd.kill();
      await lookUntil(thrice);
      await slapd.restart();
      connectors[0].freeze();
      await lookUntil(thrice);
      connectors[0].thaw();
      await lookUntil(thrice);
    }
    await stranger.close();
    assert.deepEqual(
      unanswered.map(({ place }) => place),
      [],
    );
  });

  test("Prometheus takes every scrape and evaluates every rule", async () => {
    const { prometheus } = system;
    const giveUpAt = performance.now() + 40_000;
    // A scrape of the replica that was frozen until now, or of a machine with other work, may have taken too long: the next one counts.
    for (;;) {
      const [evaluated, problems] = [await prometheus.evaluatedRules(), await prometheus.problems()];
      if (evaluated === alerts.length + records.length && problems.length === 0) break;
      assert.ok(performance.now() < giveUpAt, `${evaluated} rules; ${problems.join("; ")}`);
      await sleep(100);
    }
  });

  test("a slow login can be followed from its bucket to the log", async () => {
    const { prometheus, gateway } = system;
    const [attempt] = await prometheus.exemplars("drawbridge_login_duration_seconds_bucket");
    assert.ok(attempt !== undefined);
    await gateway.findLog((record) => record["attempt"] === attempt, 5_000);
  });

  test("odd names, methods, paths and replicas make no series", async () => {
    const { gateway, connectors, nats, slapd } = system;
    const odd = (): string => `odd-${randomBytes(6).toString("hex")}`;
    await using capture = await captureBus(nats);
    const seriesOf = async (): Promise<readonly string[]> => {
      const pages = await Promise.all(
        [gateway, ...connectors].map(async ({ opsUrl }) => (await fetch(`${opsUrl}/metrics`)).text()),
      );
      return pages.flatMap((page) => page.split("\n").filter((line) => line.startsWith("drawbridge_")));
    };
    for (let round = 0; round < 40; round += 1) {
      await Promise.all([
        gateway.login({ username: odd(), password: odd() }),
        gateway.login({ connection: odd(), username: odd(), password: odd() }),
        gateway.post(`/v1/${odd()}`, { username: odd() }).catch(() => undefined),
        gateway.post("/v1/login", { [odd()]: odd() }),
        gateway.post("/v1/groups", { text: odd() }, odd()),
        gateway.negotiate(Buffer.from(odd()).toString("base64"), { "client-cert": odd(), [odd()]: odd() }),
        fetch(`${gateway.opsUrl}/${odd()}`),
      ]);
    }

    const thief = await nats.connectAs("connector");
    const isBeat = ({ subject }: { readonly subject: string }): boolean => subject.endsWith(".heartbeat");
    while (!capture.messages.some(isBeat)) await sleep(10);
    const beat = capture.messages.find(isBeat);
    assert.ok(beat !== undefined);
    for (let forged = 0; forged < 200; forged += 1) {
      const replica = createProcessId(randomBytes);
      const inbox = `drawbridge.v1.corp.replica.${replica}.1`;
      const real: object = JSON.parse(Buffer.from(beat.payload).toString());
      thief.publish(beat.subject, JSON.stringify({ ...real, replica, inbox, state: "draining" }));
      thief.publish(beat.subject, JSON.stringify({ ...real, type: odd(), [odd()]: odd() }));
      thief.publish(beat.subject, odd());
    }
    await thief.flush();
    await thief.close();
    const refused = (): Promise<number> =>
      gateway.readMetric("drawbridge_messages_refused_total", { kind: "heartbeat" });
    while ((await refused()) < 400) await sleep(50);

    const series = await seriesOf();
    assert.deepEqual(
      series.filter((line) => line.includes("odd-")),
      [],
    );
    const connection = new Set(series.flatMap((line) => /connection="([^"]*)"/.exec(line)?.[1] ?? []));
    assert.deepEqual([...connection].filter((name) => name !== "").toSorted(), ["corp"]);
    const controller = new Set(series.flatMap((line) => /controller="([^"]*)"/.exec(line)?.[1] ?? []));
    assert.deepEqual([...controller], [`${slapd.address}:636`]);
    assert.ok(series.length < 3 * 700, `${series.length} series`);
    console.log(`${questions.length} queries answered; ${series.length} series of three processes`);
  });
});
