/**
 * One login is one trace, from the application's own over gateway and connector to the phases in the directory; nothing in it says
 * whose login it was; and a collector that is away costs nobody a login.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { attributeNames, spanNames } from "../../src/telemetry/traces/span.ts";
import { startGateway } from "../support/drawbridge.ts";
import type { LoginAnswer } from "../support/drawbridge.ts";
import { createIdentityKeys } from "../support/identity-keys.ts";
import { startLoginSystem } from "../support/login-system.ts";
import type { LoginSystem } from "../support/login-system.ts";
import { startNats } from "../support/nats-server.ts";
import { createScratch } from "../support/scratch.ts";
import { startSlapd } from "../support/slapd.ts";
import type { Slapd } from "../support/slapd.ts";
import { startTraceCollector } from "../support/trace-collector.ts";
import type { ReceivedSpan, TraceCollector } from "../support/trace-collector.ts";

/** Clocks of two processes on one machine, which the system adjusts as it goes. */
const clocksUs = 20_000;
const application = "127.0.0.9";
const errorStatus = 2;

type Spans = readonly ReceivedSpan[];

function named(spans: Spans, name: string): ReceivedSpan {
  const found = spans.find((span) => span.name === name);
  assert.ok(found !== undefined, `no ${name} in ${spans.map((span) => span.name).join(", ")}`);
  return found;
}

function has(...names: readonly string[]): (spans: Spans) => boolean {
  return (spans) => names.every((name) => spans.some((span) => span.name === name));
}

/** As a gateway makes it, where nobody has begun a trace before. */
function traceOf({ body }: LoginAnswer): string {
  return Buffer.from(String(body["attempt"]), "base64url").toString("hex");
}

function newTrace(flags = "01"): {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceparent: string;
} {
  const [traceId, spanId] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${flags}` };
}

function assertWithin(inner: ReceivedSpan, outer: ReceivedSpan, toleranceUs = 0): void {
  assert.equal(inner.parentSpanId, outer.spanId, `${inner.name} is not part of ${outer.name}`);
  assert.ok(inner.startUs <= inner.endUs);
  assert.ok(inner.startUs >= outer.startUs - toleranceUs, `${inner.name} begins before ${outer.name}`);
  assert.ok(inner.endUs <= outer.endUs + toleranceUs, `${inner.name} ends after ${outer.name}`);
}

/** A gateway tells a replica of traces once it has heard from it that it understands. */
async function untilTraced(
  { gateway, replicas }: LoginSystem,
  collector: TraceCollector,
  password: string,
): Promise<void> {
  const giveUpAt = performance.now() + 60_000;
  const heard = (id: string): boolean =>
    collector.spans.some(({ name, resource }) => name === "verify" && resource["service.instance.id"] === id);
  while (!replicas.every(({ id }) => heard(id))) {
    assert.ok(performance.now() < giveUpAt, "not every replica is traced");
    assert.equal((await gateway.login({ username: "u1", password })).status, 200);
    await sleep(20);
  }
}

describe("logins through the whole system", { timeout: 170_000 }, () => {
  const owned = new AsyncDisposableStack();
  let slapd: Slapd;
  let collector: TraceCollector;
  let system: LoginSystem;

  before(async () => {
    slapd = owned.use(await startSlapd({ usersMax: 3, failuresMax: 50 }));
    collector = owned.use(await startTraceCollector());
    const scratch = owned.use(await createScratch("traces"));
    system = owned.use(
      await startLoginSystem({
        directory: slapd,
        jetStream: true,
        traces: {
          endpoint: collector.endpoint,
          acceptParentFrom: [application],
          headers: [{ name: "X-Scope", valueFile: await scratch.write("scope", "logins") }],
        },
        gatewayOptions: {
          throttle: { enabled: true },
          stateKeyFiles: [await scratch.write("state.key", randomBytes(32).toString("base64"))],
        },
      }),
    );
    await untilTraced(system, collector, slapd.password);
  });
  after(() => owned.disposeAsync());

  const whole = has("login", "throttle", "claim", "grant", "verify", "searching", "binding", "enriching");

  test("one login is one trace, within the one that the application began", async () => {
    const { traceId, spanId, traceparent } = newTrace();
    const request = { username: "u2", password: slapd.password };
    const answer = await system.gateway.login(request, { localAddress: application, traceparent });
    assert.equal(answer.status, 200);
    const spans = await collector.findTrace(traceId, whole);
    assert.equal(spans.length, 8);
    const [login, grant, verify] = ["login", "grant", "verify"].map((name) => named(spans, name));
    assert.ok(login !== undefined && grant !== undefined && verify !== undefined);
    assert.equal(login.parentSpanId, spanId);
    for (const name of ["throttle", "claim", "grant"]) assertWithin(named(spans, name), login);
    assertWithin(verify, grant, clocksUs);
    for (const name of ["searching", "binding", "enriching"]) assertWithin(named(spans, name), verify);
    assert.ok(named(spans, "searching").endUs <= named(spans, "binding").startUs);
    assert.ok(named(spans, "binding").endUs <= named(spans, "enriching").startUs);
    for (const span of spans) {
      assert.equal(span.status.code, 0);
      assert.equal(span.attributes["drawbridge.attempt"], answer.body["attempt"]);
      assert.equal(span.attributes["drawbridge.connection"], "corp");
    }
    assert.equal(login.attributes["drawbridge.outcome"], "accepted");
    assert.equal(login.attributes["drawbridge.source"], "directory");
    assert.equal(login.attributes["drawbridge.method"], "password");
    assert.equal(login.resource["service.name"], "drawbridge-gateway");
    assert.equal(verify.resource["service.name"], "drawbridge-connector");
    assert.equal(verify.resource["service.instance.id"], grant.attributes["drawbridge.replica"]);
    assert.equal(verify.attributes["drawbridge.ldap_code"], 0);
    assert.ok(collector.headers.every((headers) => headers["x-scope"] === "logins"));

    const { program } = system.replicas.find(({ id }) => id === grant.attributes["drawbridge.replica"]) ?? {};
    const isOfTrace = (record: Readonly<Record<string, unknown>>): boolean => record["trace_id"] === traceId;
    assert.equal((await system.gateway.findLog(isOfTrace, 5_000))["msg"], "login_ended");
    assert.equal((await program?.findLog(isOfTrace, 5_000))?.["msg"], "verification_ended");
  });

  test("a denial is an answer and no fault, and its trace is found by the attempt", async () => {
    const answer = await system.gateway.login({ username: "u3", password: "wrong-8d1f0" });
    assert.equal(answer.status, 401);
    const spans = await collector.findTrace(traceOf(answer), has("login", "verify"));
    const login = named(spans, "login");
    assert.equal(login.parentSpanId, undefined);
    for (const { status } of spans) assert.equal(status.code, 0);
    assert.equal(login.attributes["drawbridge.outcome"], "denied");
    assert.equal(login.attributes["drawbridge.reason"], "bad_credentials");
    assert.equal(named(spans, "verify").attributes["drawbridge.ldap_code"], 49);
  });

  test("a stranger's word on a trace counts for nothing, nor does one that is not of the standard", async () => {
    const [stranger, kept] = [newTrace(), newTrace()];
    const request = { username: "u2", password: slapd.password };
    const { localAddress } = { localAddress: "127.0.0.10" };
    const answers = [
      await system.gateway.login(request, { localAddress, traceparent: stranger.traceparent }),
      await system.gateway.login(request, {
        localAddress: application,
        traceparent: `${kept.traceparent}-x`,
      }),
      await system.gateway.login(request, {
        localAddress: application,
        traceparent: kept.traceparent.toUpperCase().replace("00-", "01-"),
      }),
    ];
    for (const answer of answers) {
      assert.equal(answer.status, 200);
      await collector.findTrace(traceOf(answer), whole);
    }
    assert.ok(!collector.spans.some(({ traceId }) => [stranger.traceId, kept.traceId].includes(traceId)));
  });

  test("what the application does not trace is not traced", async () => {
    const { traceId, traceparent } = newTrace("00");
    const request = { username: "u2", password: slapd.password };
    await system.gateway.login(request, { localAddress: application, traceparent });
    const later = await system.gateway.login(request);
    await collector.findTrace(traceOf(later), whole);
    assert.ok(!collector.spans.some((span) => span.traceId === traceId));
  });

  test("a replica dies with a login: the next one's part is in the same trace", async () => {
    system.controllerLine.delay(100);
    const dying = system.nextBind();
    const answering = system.gateway.login({ username: "u2", password: slapd.password });
    const { program, id } = await dying;
    await program.kill();
    const answer = await answering;
    system.controllerLine.delay(0);
    assert.equal(answer.status, 200);
    const spans = await collector.findTrace(traceOf(answer), whole);
    const grants = spans.filter(({ name }) => name === "grant");
    assert.deepEqual(
      grants.map(({ attributes, status }) => [attributes["drawbridge.outcome"], status.code]),
      [
        ["silent", errorStatus],
        ["accepted", 0],
      ],
    );
    assert.equal(grants[0]?.attributes["drawbridge.replica"], id);
    assert.equal(named(spans, "verify").parentSpanId, grants[1]?.spanId);
    assert.equal(named(spans, "verify").attributes["drawbridge.suspected"], true);
  });

  test("without a directory: the cache's answer, and for whom it has none a fault", async () => {
    await slapd.kill();
    const cached = await system.gateway.login({ username: "u1", password: slapd.password });
    assert.equal(cached.status, 200);
    const spans = await collector.findTrace(traceOf(cached), has("login"));
    const login = named(spans, "login");
    assert.equal(login.attributes["drawbridge.source"], "cache");
    assert.equal(login.status.code, 0);
    assertWithin(named(spans, "cache"), login);
    assert.equal(named(spans, "cache").attributes["drawbridge.outcome"], "right");

    const unknown = await system.gateway.login({ username: "u3", password: "planted-3c9e" });
    assert.equal(unknown.status, 503);
    const failed = named(await collector.findTrace(traceOf(unknown), has("login")), "login");
    assert.deepEqual(failed.status, { code: errorStatus, message: unknown.body["fault"] });
    assert.equal(failed.attributes["drawbridge.outcome"], "unavailable");
    await slapd.restart();
  });

  test("nothing that was sent says whose logins they were", async () => {
    const everything = collector.texts.join("\n");
    assert.ok(everything.includes("drawbridge.attempt"));
    for (const secret of ["wrong-8d1f0", "planted-3c9e", slapd.password, slapd.baseDn])
      assert.ok(!everything.includes(secret), secret);
    // Not within an id, where any letters may stand.
    assert.doesNotMatch(everything, /(?<![\w-])u[123](?![\w-])/);
    const allowed: ReadonlySet<string> = new Set(attributeNames);
    const names: ReadonlySet<string> = new Set(spanNames);
    for (const { name, attributes, resource } of collector.spans) {
      assert.ok(names.has(name), name);
      for (const attribute of Object.keys(attributes)) assert.ok(allowed.has(attribute), attribute);
      assert.deepEqual(Object.keys(resource).toSorted(), [
        "service.instance.id",
        "service.name",
        "service.version",
      ]);
    }
  });
});

test("where there are no traces, nothing of them is loaded", { timeout: 120_000 }, async () => {
  await using scratch = await createScratch("loaded");
  const preload = await scratch.write(
    "preload.mjs",
    `import { registerHooks } from "node:module";
     const tell = (url) => console.log(JSON.stringify({ msg: "loaded", url }));
     registerHooks({ load: (url, context, next) => (tell(url), next(url, context)) });`,
  );
  await using nats = await startNats();
  await using collector = await startTraceCollector();
  const keys = await createIdentityKeys(scratch.folder, ["corp"]);
  const loaded = async (traces?: object): Promise<readonly string[]> => {
    const common = { nats, keys, connections: ["corp"], circumstances: { preload } };
    await using gateway = await startGateway({ ...common, ...(traces && { traces }) });
    return gateway.log.flatMap(({ msg, url }) => (msg === "loaded" ? [String(url)] : []));
  };
  const isOfTraces = (url: string): boolean => /telemetry\/traces\/|open-traces/.test(url);
  const without = await loaded();
  assert.ok(without.some((url) => url.endsWith("telemetry/events.ts")));
  assert.deepEqual(without.filter(isOfTraces), []);
  assert.ok((await loaded({ endpoint: collector.endpoint })).some(isOfTraces));
});

test("a collector that never answers costs no login; what it does not take is counted, and told once", async () => {
  await using slapd = await startSlapd({ usersMax: 1 });
  await using collector = await startTraceCollector();
  collector.answerWith("frozen");
  await using system = await startLoginSystem({
    directory: slapd,
    replicas: 2,
    capture: false,
    traces: { endpoint: collector.endpoint, timeout: "200ms", waitingMax: 64 },
  });
  const { gateway } = system;
  const dropped = (): Promise<number> =>
    gateway.readMetric("drawbridge_trace_spans_total", { result: "dropped" });
  const giveUpAt = performance.now() + 120_000;
  while ((await dropped()) === 0) {
    assert.ok(performance.now() < giveUpAt, "nothing was dropped");
    const { status, body } = await gateway.login({ username: "u1", password: slapd.password });
    assert.equal(status, 200, JSON.stringify(body));
  }
  await gateway.findLog(({ msg }) => msg === "trace_collector_unavailable", 30_000);
  collector.answerWith(200);
  await gateway.findLog(({ msg }) => msg === "trace_collector_available", 30_000);
  const told = gateway.log.filter(({ msg }) => msg === "trace_collector_unavailable");
  assert.deepEqual(
    told.map(({ why }) => why),
    ["timeout"],
  );
  assert.ok((await gateway.readMetric("drawbridge_trace_spans_total", { result: "taken" })) > 0);
  collector.answerWith(503);
  assert.equal((await gateway.login({ username: "u1", password: slapd.password })).status, 200);
  assert.deepEqual(await gateway.terminate(), { code: 0, signal: null });
});
