/**
 * What attackers write to the gateway's HTTP port byte by byte: each gets an answer or is cut off, none makes a login that nobody
 * asked for, and the next person is served as ever.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { createApiCallers } from "../../../src/gateway/http/api-callers.ts";
import { startHttpServer } from "../../../src/gateway/http/server.ts";
import type { HttpServer } from "../../../src/gateway/http/server.ts";
import { createAttemptId } from "../../../src/login/attempt.ts";
import { connectionName } from "../../support/memory-system.ts";
import { ensurePackages } from "../../support/packages.ts";
import { createAuthority } from "../../support/pki.ts";
import { recordEvents } from "../../support/recorded-events.ts";
import { createScratch } from "../../support/scratch.ts";

const login = JSON.stringify({ username: "ada", password: "secret" });
const headers = "host: gateway\r\ncontent-type: application/json\r\n";
const whole = `POST /v1/login HTTP/1.1\r\n${headers}content-length: ${login.length}\r\n\r\n${login}`;

async function startApi(tls?: { readonly cert: string; readonly key: string }) {
  const names: string[] = [];
  const { events, seen } = recordEvents();
  const server = await startHttpServer({
    host: "127.0.0.1",
    port: 0,
    tls,
    trustedProxies: [],
    async authenticate({ accountName }) {
      names.push(accountName.text);
      return { outcome: "denied", reason: "bad_credentials" };
    },
    operate: () => Promise.reject(new Error("no operation is asked for here")),
    callers: createApiCallers([]),
    connections: new Set([connectionName("corp")]),
    disclosure: "proven",
    loginDeadlineMs: 1_000,
    newAttemptId: () => createAttemptId(randomBytes),
    random: Math.random,
    events,
  });
  return { server, names, seen };
}

describe("raw sockets", { timeout: 60_000, concurrency: true }, () => {
  let server: HttpServer;
  let [names, seen]: [string[], ReturnType<typeof recordEvents>["seen"]] = [[], []];
  before(async () => {
    ({ server, names, seen } = await startApi());
  });
  after(async () => {
    assert.deepEqual(
      seen.filter(({ name }) => name === "defect"),
      [],
    );
    await server.close();
  });

  const open = (): Socket => connect(server.port, "127.0.0.1").on("error", () => {});
  /** Everything that comes back until the other side closes. */
  const allOf = async (socket: Socket): Promise<string> => {
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    await new Promise<void>((resolve) => socket.once("close", () => resolve()));
    return Buffer.concat(chunks).toString("latin1");
  };
  const answerTo = (text: string | Buffer): Promise<string> => {
    const socket = open();
    socket.write(text);
    return allOf(socket);
  };
  const statuses = (answer: string): readonly number[] =>
    [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
  const closing = whole.replace("host:", "connection: close\r\nhost:");
  const isServed = async (): Promise<void> => assert.deepEqual(statuses(await answerTo(closing)), [401]);

  const refused: readonly (readonly [deed: string, request: string | Buffer, statuses: readonly number[]])[] =
    [
      ["a header bomb", `POST /v1/login HTTP/1.1\r\nhost: g\r\nx: ${"a".repeat(90_000)}\r\n\r\n`, [431]],
      [
        "ten thousand headers",
        `POST /v1/login HTTP/1.1\r\nhost: g\r\n${"x: aaaaaaaaa\r\n".repeat(10_000)}\r\n`,
        [431],
      ],
      ["a request line without an end", `POST /${"a".repeat(90_000)}`, [431]],
      [
        "both a length and chunks (CL.TE)",
        `POST /v1/login HTTP/1.1\r\n${headers}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${whole}`,
        [400],
      ],
      [
        "chunks and a length (TE.CL)",
        `POST /v1/login HTTP/1.1\r\n${headers}transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
        [400],
      ],
      [
        "two lengths",
        `POST /v1/login HTTP/1.1\r\n${headers}content-length: 0\r\ncontent-length: ${login.length}\r\n\r\n${login}`,
        [400],
      ],
      [
        "a transfer encoding that hides its chunks",
        `POST /v1/login HTTP/1.1\r\n${headers}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${whole}`,
        [400],
      ],
      [
        "a space before the colon",
        `POST /v1/login HTTP/1.1\r\n${headers}content-length : ${login.length}\r\n\r\n${login}`,
        [400],
      ],
      [
        "a folded header",
        `POST /v1/login HTTP/1.1\r\n${headers}transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n`,
        [400],
      ],
      ["lines that end without a return", whole.replaceAll("\r\n", "\n"), [400]],
      [
        "a NUL in a header",
        `POST /v1/login HTTP/1.1\r\nhost: g\r\nx: a\u0000b\r\ncontent-length: 0\r\n\r\n`,
        [400],
      ],
      ["a negative length", `POST /v1/login HTTP/1.1\r\n${headers}content-length: -1\r\n\r\n${login}`, [400]],
      ["no host", whole.replace("host: gateway\r\n", ""), [400]],
      ["a tunnel", "CONNECT directory:389 HTTP/1.1\r\nhost: directory:389\r\n\r\n", []],
      [
        "a length that is too large",
        `POST /v1/login HTTP/1.1\r\n${headers}content-length: 999999999\r\n\r\n`,
        [413],
      ],
      [
        "a huge body in chunks",
        `POST /v1/login HTTP/1.1\r\n${headers}transfer-encoding: chunked\r\n\r\n${`1000\r\n${"a".repeat(4_096)}\r\n`.repeat(64)}0\r\n\r\n`,
        [413],
      ],
      [
        "a chunk of unthinkable length",
        `POST /v1/login HTTP/1.1\r\n${headers}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n`,
        [400],
      ],
      ["a TLS handshake", Buffer.from("16030100a5010000a10303", "hex"), [400]],
    ];
  for (const [deed, request, expected] of refused) {
    test(`${deed}: refused, the connection is closed, nobody was asked`, async () => {
      const asked = names.length;
      const answered = statuses(await answerTo(request));
      // Where more was still on its way, the system's own reset may overtake the answer.
      if (answered.length > 0 || request.length < 65_536) assert.deepEqual(answered, expected);
      assert.deepEqual(
        names.slice(asked).filter((name) => name !== "ada"),
        [],
      );
      await isServed();
    });
  }

  test("bad UTF-8 and half a surrogate are no password of anybody's", async () => {
    for (const bytes of ["ff", "c328", "eda080", "f4908080"]) {
      const body = Buffer.concat([Buffer.from(bytes, "hex"), Buffer.from(login.replace("ada", "nobody"))]);
      const head = `POST /v1/login HTTP/1.1\r\nconnection: close\r\n${headers}content-length: ${body.length}\r\n\r\n`;
      const answer = await answerTo(Buffer.concat([Buffer.from(head), body]));
      assert.deepEqual(statuses(answer), [400], bytes);
    }
    assert.ok(!names.includes("nobody"));
  });

  test("a header of 60 KB, as a Kerberos ticket of many groups makes it, is read", async () => {
    const ticket = `authorization: Negotiate ${"A".repeat(60_000)}\r\n`;
    assert.deepEqual(statuses(await answerTo(closing.replace("host:", `${ticket}host:`))), [401]);
  });

  test("a hundred requests in one breath: each its own answer, in order", async () => {
    const many = Array.from({ length: 99 }, () => whole).join("") + closing;
    assert.deepEqual(
      statuses(await answerTo(many)),
      Array.from({ length: 100 }, () => 401),
    );
  });

  test("only POST to the known paths is anything: methods and paths by the list", async () => {
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"]) {
      const answer = await answerTo(`${method} /v1/login HTTP/1.1\r\nhost: g\r\nconnection: close\r\n\r\n`);
      assert.ok([404, 405].includes(statuses(answer)[0] ?? 0), `${method}: ${answer.slice(0, 80)}`);
    }
    for (const path of [
      "/",
      "/v1",
      "/v1/login/",
      "/v1/login/..",
      "/metrics",
      "/v1/login%00",
      "//v1/login",
      "*",
    ]) {
      const answer = await answerTo(closing.replace("/v1/login", path));
      assert.ok([400, 404].includes(statuses(answer)[0] ?? 0), `${path}: ${answer.slice(0, 80)}`);
    }
  });

  for (const [deed, start, drip] of [
    ["nothing at all", "", ""],
    ["one header after another", "POST /v1/login HTTP/1.1\r\nhost: g\r\n", "x: y\r\n"],
    ["a body one byte at a time", whole.slice(0, -login.length), "{"],
    [
      "a body in endless chunks",
      `POST /v1/login HTTP/1.1\r\n${headers}transfer-encoding: chunked\r\n\r\n`,
      "1\r\n \r\n",
    ],
  ] as const) {
    test(`who sends ${deed} is cut off, however long they would go on`, async () => {
      const socket = open();
      const answer = allOf(socket);
      socket.write(start);
      const dripping = setInterval(() => socket.write(drip), 500);
      assert.ok(["", "408"].includes(String(statuses(await answer)[0] ?? "")));
      clearInterval(dripping);
      await isServed();
    });
  }

  test("a thousand connections that say nothing hold nobody else up", async () => {
    const sockets = Array.from({ length: 1_000 }, open);
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    await isServed();
    for (const socket of sockets) socket.destroy();
  });

  test("who goes away in the middle of a request leaves nothing behind", async () => {
    for (const cut of [10, whole.length - 5, whole.length]) {
      const socket = open();
      await once(socket, "connect");
      socket.write(whole.slice(0, cut));
      await sleep(5);
      socket.destroy();
    }
    await isServed();
  });
});

test("over TLS browsers are told to stay there, and a renewed certificate is shown to whoever comes next", async () => {
  await ensurePackages();
  await using scratch = await createScratch("https");
  const authority = await createAuthority(scratch.folder);
  const issue = async (name: string) => {
    const { certificateFile, keyFile } = await authority.issue(name, { dns: ["localhost"], ip: [] });
    return { cert: await readFile(certificateFile, "utf8"), key: await readFile(keyFile, "utf8") };
  };
  const [first, second] = [await issue("first"), await issue("second")];
  const { server } = await startApi(first);
  const shown = () =>
    new Promise<{ readonly name: string; readonly answer: string }>((resolve, reject) => {
      const socket = connectTls({
        port: server.port,
        host: "localhost",
        ca: authority.ca,
        servername: "localhost",
      });
      let answer = "";
      socket.once("error", reject).on("data", (chunk: Buffer) => (answer += chunk.toString()));
      socket.once("secureConnect", () => socket.write(whole.replace("host:", "connection: close\r\nhost:")));
      const name = () => String(socket.getPeerCertificate().subject.CN);
      socket.once("end", () => resolve({ name: name(), answer }));
    });
  const initial = await shown();
  assert.equal(initial.name, "first");
  assert.match(initial.answer, /strict-transport-security: max-age=63072000/i);
  assert.throws(() => server.renewTls({ cert: second.cert, key: first.key }));
  assert.equal((await shown()).name, "first");
  server.renewTls(second);
  assert.equal((await shown()).name, "second");
  await server.close();
});
