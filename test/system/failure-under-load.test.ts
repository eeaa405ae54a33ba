/**
 * A hundred and fifty logins a second through three replicas on OpenLDAP, one of them killed and another frozen under way: no login is lost.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { LoginAnswer } from "../support/drawbridge.ts";
import { startLoginSystem } from "../support/login-system.ts";
import { startSlapd } from "../support/slapd.ts";

const perSecond = 150;
const seconds = 6;
const people = 200;
const loginDeadlineMs = 10_000;

test("one replica killed, one frozen, at 150 logins a second: every login is answered, and answered right", async () => {
  await using slapd = await startSlapd({ usersMax: people, failuresMax: 1_000 });
  await using system = await startLoginSystem({ directory: slapd, capture: false });
  const [killed, frozen] = system.replicas;
  assert.ok(killed !== undefined && frozen !== undefined);

  const answers: Promise<{ readonly answer: LoginAnswer; readonly right: boolean }>[] = [];
  const startedAt = performance.now();
  const faults = [
    sleep(1_000).then(() => killed.program.kill()),
    sleep(2_000).then(() => frozen.program.freeze()),
    sleep(4_500).then(() => frozen.program.thaw()),
  ];
  // Open loop: each login begins when its time has come, however long the ones before it take. Wrong and right passwords are for
  // different people, so that nobody's failure stands beside somebody else's success in the same account.
  for (let n = 0; n < perSecond * seconds; n += 1) {
    const wait = startedAt + (n * 1_000) / perSecond - performance.now();
    if (wait > 0) await sleep(wait);
    const right = n % 4 !== 0;
    const username = `u${1 + (n % people)}`;
    const password = right ? slapd.password : `wrong ${n}`;
    answers.push(system.gateway.login({ username, password }).then((answer) => ({ answer, right })));
  }
  const ended = await Promise.all(answers);
  await Promise.all(faults);

  const statuses = Map.groupBy(ended, ({ answer, right }) =>
    [right ? "right" : "wrong", answer.status, ...(answer.status === 503 ? [answer.body["fault"]] : [])].join(
      " ",
    ),
  );
  const counts = Object.fromEntries([...statuses].map(([key, list]) => [key, list.length]));
  assert.deepEqual(counts, { "wrong 401": ended.length / 4, "right 200": (ended.length * 3) / 4 });
  const sorted = ended.map(({ answer }) => answer.tookMs).toSorted((a, b) => a - b);
  console.log(
    `p50 ${sorted[sorted.length >> 1]?.toFixed(1)} ms, p99 ${sorted[Math.floor(sorted.length * 0.99)]?.toFixed(1)} ms, slowest ${sorted.at(-1)?.toFixed(1)} ms`,
  );
  const slowest = Math.max(...ended.map(({ answer }) => answer.tookMs));
  assert.ok(slowest < loginDeadlineMs, `the slowest took ${slowest} ms`);
  let failures = 0;
  for (let n = 1; n <= people; n += 4) failures += (await slapd.failureTimes(`u${n}`)).length;
  assert.ok(
    failures <= ended.length / 4,
    `${failures} failures were counted for ${ended.length / 4} wrong passwords`,
  );
});
