/**
 * Logins at an even rate, each begun at its time whatever became of those before; runs in a pod, with nothing but Node.
 *
 * Prints a line of JSON for each second, when every login that was begun in it has ended: `{"sent":100,"accepted":100,"slowestMs":31,"ended":{}}`,
 * where `ended` counts those that were not accepted, by how they ended.
 */

import { Agent, request } from "node:http";

const { LOAD_URL, LOAD_USERS, LOAD_PASSWORD, LOAD_PER_SECOND } = process.env;
const perSecond = Number(LOAD_PER_SECOND);
const users = Number(LOAD_USERS);
const answerTimeoutMs = 15_000;
// As an application's server would, connections are kept, for a minute or as long as the gateway says.
const agent = new Agent({ keepAlive: true, timeout: 60_000 });

let number = 0;
let second = 0;
let before = Promise.resolve();
const startedAtMs = performance.now();
for (;;) {
  const logins = Array.from({ length: perSecond }, (_, index) =>
    loginAt(second * 1_000 + (index * 1_000) / perSecond),
  );
  before = tell(before, logins);
  second += 1;
  await until(second * 1_000);
}

async function tell(earlier, logins) {
  const ends = await Promise.all(logins);
  await earlier;
  const ended = {};
  for (const { end } of ends) if (end !== "accepted") ended[end] = (ended[end] ?? 0) + 1;
  const accepted = ends.filter(({ end }) => end === "accepted").length;
  const slowestMs = Math.round(Math.max(...ends.map(({ ms }) => ms)));
  process.stdout.write(`${JSON.stringify({ sent: ends.length, accepted, slowestMs, ended })}\n`);
}

async function loginAt(atMs) {
  await until(atMs);
  number += 1;
  const end = await login(number % users).catch((error) => `no answer: ${error.code ?? error.name}`);
  return { end, ms: performance.now() - startedAtMs - atMs };
}

function login(person) {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const signal = AbortSignal.timeout(answerTimeoutMs);
    request(LOAD_URL, { agent, method: "POST", headers, signal })
      .once("error", reject)
      .once("response", (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (piece) => (text += piece));
        response.once("error", reject);
        response.once("end", () => {
          const { outcome, reason, fault } = JSON.parse(text);
          resolve(outcome === "accepted" ? outcome : `${response.statusCode} ${reason ?? fault ?? outcome}`);
        });
      })
      .end(JSON.stringify({ username: `u${person + 1}`, password: LOAD_PASSWORD }));
  });
}

function until(atMs) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, startedAtMs + atMs - performance.now())));
}
