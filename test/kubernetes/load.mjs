/**
 * Logins at an even rate, each begun at its time whatever became of those before; runs in a pod, with nothing but Node.
 *
 * Prints a line of JSON for each second, when every login that was begun in it has ended:
 * `{"sent":100,"live":98,"cached":1,"slowestMs":31,"lost":[{"end":"no answer: ECONNRESET","begunAt":1795628000123,"ms":4,"keptMs":212}]}`.
 * `keptMs` is how long the connection had been idle before; it is not there where the connection was a new one.
 */

import { Agent, request } from "node:http";

const { LOAD_URL, LOAD_USERS, LOAD_PASSWORD, LOAD_PER_SECOND } = process.env;
const perSecond = Number(LOAD_PER_SECOND);
const users = Number(LOAD_USERS);
const answerTimeoutMs = 15_000;
// As an application's server would, connections are kept, for a minute or as long as the gateway says.
const agent = new Agent({ keepAlive: true, timeout: 60_000 });
/** When each connection was used last. */
const usedAtMs = new WeakMap();

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
  const count = (wanted) => ends.filter(({ end }) => end === wanted).length;
  const told = {
    sent: ends.length,
    live: count("live"),
    cached: count("cached"),
    slowestMs: Math.round(Math.max(...ends.map(({ ms }) => ms))),
    lost: ends.filter(({ end }) => end !== "live" && end !== "cached"),
  };
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

async function loginAt(atMs) {
  await until(atMs);
  number += 1;
  const begunAt = Date.now();
  const connection = {};
  const end = await login(number % users, connection).catch(
    (error) => `no answer: ${error.code ?? error.name}`,
  );
  return { end, begunAt, ms: Math.round(performance.now() - startedAtMs - atMs), ...connection };
}

function login(person, connection) {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "x-forwarded-for": addressOf(person) };
    const signal = AbortSignal.timeout(answerTimeoutMs);
    request(LOAD_URL, { agent, method: "POST", headers, signal })
      .once("error", reject)
      .once("socket", (socket) => {
        const usedAt = usedAtMs.get(socket);
        if (usedAt !== undefined) connection.keptMs = Math.round(performance.now() - usedAt);
      })
      .once("response", (response) => {
        const { socket } = response;
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (piece) => (text += piece));
        response.once("error", reject);
        response.once("end", () => {
          usedAtMs.set(socket, performance.now());
          resolve(endOf(response.statusCode, JSON.parse(text)));
        });
      })
      .end(JSON.stringify({ username: `u${person + 1}`, password: LOAD_PASSWORD }));
  });
}

/** Everybody is in a network of their own, among those that are kept free for measurements (RFC 2544). */
function addressOf(person) {
  return `198.${18 + (person % 2)}.${Math.floor(person / 2) % 256}.1`;
}

function endOf(status, { outcome, source, reason, fault }) {
  if (outcome !== "accepted") return `${status} ${reason ?? fault ?? outcome}`;
  return source === "cache" ? "cached" : "live";
}

function until(atMs) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, startedAtMs + atMs - performance.now())));
}
