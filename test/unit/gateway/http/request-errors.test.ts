/**
 * What whoever writes an application reads when a request is wrong: what, where, and nothing of what was sent.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { allToken, loginToken, startApiServer } from "../../../support/api-server.ts";

const secret = "hunter2-in-the-wrong-place";
const login = { username: "ada", password: "x" };

const wrongBodies: readonly (readonly [
  path: string,
  body: unknown,
  message: string,
  field: string | undefined,
])[] = [
  [
    "/v1/login",
    [],
    "the body must be a JSON object with fields out of: connection, username, password, live",
    undefined,
  ],
  [
    "/v1/login",
    secret,
    "the body must be a JSON object with fields out of: connection, username, password, live",
    undefined,
  ],
  [
    "/v1/login",
    { ...login, [secret]: 1 },
    "the body has a field that is none of: connection, username, password, live",
    undefined,
  ],
  ["/v1/login", { username: "ada" }, "password is missing", "password"],
  ["/v1/login", { ...login, username: [secret] }, "username must be a string", "username"],
  ["/v1/login", { ...login, live: secret }, "live must be true or false", "live"],
  ["/v1/login", { ...login, connection: secret }, "connection is none that this gateway has", "connection"],
  ["/v1/login", login, "connection is missing, and this gateway has more than one", "connection"],
  [
    "/v1/login",
    { ...login, connection: "corp", username: `${secret}\u0007` },
    "username has a control character",
    "username",
  ],
  ["/v1/users/search", { connection: "corp", pageSize: 201 }, "pageSize must be at most 200", "pageSize"],
  ["/v1/users/search", { connection: "corp", pageSize: 0 }, "pageSize must be at least 1", "pageSize"],
  ["/v1/users/search", { connection: "corp", pageSize: 1.5 }, "pageSize must be a whole number", "pageSize"],
  [
    "/v1/groups",
    { connection: "corp", text: secret.repeat(20) },
    "text must be at most 256 characters long",
    "text",
  ],
  [
    "/v1/password/change",
    { connection: "corp", username: "ada", oldPassword: secret, newPassword: "" },
    "newPassword is empty",
    "newPassword",
  ],
  [
    "/v1/password/change",
    { connection: "corp", username: "ada", oldPassword: "x".repeat(1_025), newPassword: secret },
    "oldPassword is longer than 1024 characters",
    "oldPassword",
  ],
];

test("a wrong body: the field that is meant, what it must be, and nothing of what it was", async () => {
  await using api = await startApiServer({ connections: ["corp", "bare"] });
  for (const [path, body, message, field] of wrongBodies) {
    const response = await fetch(`${api.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${allToken}` },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    const { error } = JSON.parse(text) as {
      readonly error: { readonly message: string; readonly field?: string };
    };
    assert.deepEqual([response.status, error.message, error.field], [400, message, field]);
    assert.ok(!text.includes(secret));
  }
});

test("a body that cannot be read says in which way", async () => {
  await using api = await startApiServer();
  const message = async (body: string | Uint8Array<ArrayBuffer>, type = "application/json") => {
    const response = await fetch(`${api.url}/v1/login`, {
      method: "POST",
      headers: { "content-type": type },
      body,
    });
    const { error } = (await response.json()) as { readonly error: { readonly message: string } };
    return `${response.status} ${error.message}`;
  };
  assert.deepEqual(
    [
      await message(""),
      await message(`{"password":"${secret}"`),
      await message(new Uint8Array(Buffer.from('{"password":"geh\u00e4im"}', "latin1"))),
      await message("x".repeat(9_000)),
      await message("a=b", "text/plain"),
    ],
    [
      "400 the body is empty, and must be JSON",
      "400 the body is not JSON",
      "400 the body is not UTF-8",
      "413 the body is larger than 8 KiB",
      "415 the content type must be application/json, in UTF-8",
    ],
  );
});

const callers: readonly (readonly [
  what: string,
  authorization: string | undefined,
  body: object,
  status: number,
  message: string,
  challenge: string,
])[] = [
  ["no token", undefined, {}, 401, "the Authorization header is missing", 'Bearer realm="drawbridge"'],
  [
    "another scheme",
    `Basic ${Buffer.from(`ada:${secret}`).toString("base64")}`,
    {},
    401,
    "the Authorization header is not: Bearer, a space, a token",
    'Bearer realm="drawbridge"',
  ],
  [
    "a wrong token",
    `Bearer ${secret}`,
    {},
    401,
    "the token is none that is known here",
    'Bearer realm="drawbridge", error="invalid_token"',
  ],
  [
    "a token for something else",
    `Bearer ${loginToken}`,
    {},
    403,
    "the token is not for users.search",
    'Bearer realm="drawbridge", error="insufficient_scope", scope="users.search"',
  ],
  [
    "a token for another connection",
    `Bearer ${allToken}`,
    { connection: "bare" },
    403,
    "the token is not for this connection",
    'Bearer realm="drawbridge", error="insufficient_scope", scope="users.search"',
  ],
];

for (const [what, authorization, body, status, sentence, challenge] of callers) {
  test(`${what}: ${status}, and what is missing`, async () => {
    await using api = await startApiServer({ connections: ["corp", "bare"] });
    const response = await fetch(`${api.url}/v1/users/search`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(authorization && { authorization }) },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    const { error } = JSON.parse(text) as { readonly error: { readonly message: string } };
    assert.deepEqual(
      [response.status, error.message, response.headers.get("www-authenticate")],
      [status, sentence, challenge],
    );
    assert.ok(!text.includes(secret));
  });
}

test("who has no token learns nothing of connections or fields", async () => {
  await using api = await startApiServer({ connections: ["corp", "bare"] });
  const bodies = await Promise.all(
    [{ connection: "corp" }, { connection: "elsewhere" }, { surprise: 1 }].map(async (body) => {
      const response = await fetch(`${api.url}/v1/users/search`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return `${response.status} ${await response.text()}`;
    }),
  );
  assert.equal(new Set(bodies).size, 1);
});

test("logins and changes of one's own password need a token only where the settings demand one", async () => {
  const ask = (url: string, path: string, token?: string) =>
    fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(
        path === "/v1/login" ? login : { username: "ada", oldPassword: "x", newPassword: "y" },
      ),
    }).then(({ status }) => status);
  await using open = await startApiServer();
  assert.equal(await ask(open.url, "/v1/login"), 401);
  assert.equal(await ask(open.url, "/v1/password/change"), 200);
  await using strict = await startApiServer({ tokenRequired: ["login", "password.change"] });
  strict.verdict = { outcome: "unavailable", fault: "no_connector" };
  assert.deepEqual(
    [
      await ask(strict.url, "/v1/login"),
      await ask(strict.url, "/v1/login", loginToken),
      await ask(strict.url, "/v1/password/change"),
      await ask(strict.url, "/v1/password/change", loginToken),
      await ask(strict.url, "/v1/password/change", allToken),
    ],
    [401, 503, 401, 403, 200],
  );
});
