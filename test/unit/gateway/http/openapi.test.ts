/**
 * The OpenAPI document: valid by the standard's own schema, and true. Every answer that it has is provoked here, and held against it.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { endpoints } from "../../../../src/gateway/http/api/endpoints.ts";
import { createOpenApiDocument } from "../../../../src/gateway/http/api/openapi.ts";
import { operationPaths } from "../../../../src/gateway/http/api/paths.ts";
import { toldReasons, disclosedReason } from "../../../../src/gateway/http/disclosure.ts";
import type { RequestErrorCode } from "../../../../src/gateway/http/request-error.ts";
import { refusals } from "../../../../src/login/operation.ts";
import type { FoundPerson, OperationEnd } from "../../../../src/login/operation.ts";
import { denialReasons, faults } from "../../../../src/login/verdict.ts";
import type { Verdict } from "../../../../src/login/verdict.ts";
import { readDocument } from "../../../support/api-document.ts";
import { allToken, loginToken, startApiServer } from "../../../support/api-server.ts";
import type { ApiServer } from "../../../support/api-server.ts";
import { kerberosToken, mechanisms, spnegoToken } from "../../../support/negotiate-tokens.ts";

const person: FoundPerson = {
  subjectId: "7b0c1d4e-0000-4000-8000-000000000001",
  accountName: "ada",
  distinguishedName: "CN=Ada",
  sid: "S-1-5-21-1-2-3-1105",
  profile: { mail: "ada@example.test", aliases: ["a", "b"], badge: 7, remote: true },
};
const identity = {
  ...person,
  groups: [{ name: "Engineers", distinguishedName: "CN=E" }],
  groupsRead: "complete",
} as const;
const verdicts: readonly Verdict[] = [
  { outcome: "accepted", identity },
  { outcome: "accepted", identity, source: "cache" },
  { outcome: "accepted", identity, password: { status: "valid", expiresAt: "2126-01-01T00:00:00Z" } },
  ...denialReasons.map((reason): Verdict => ({ outcome: "denied", reason })),
  ...faults.map((fault): Verdict => ({ outcome: "unavailable", fault })),
];
const ends: readonly OperationEnd[] = [
  ...refusals.map((reason): OperationEnd => ({ outcome: "refused", reason })),
  ...faults.map((fault): OperationEnd => ({ outcome: "unavailable", fault })),
];
const results = {
  "users.search": { kind: "people", people: [person], cursor: "next", truncated: true },
  "groups.list": {
    kind: "groups",
    groups: [{ name: "Engineers", sid: "S-1-5-21-1-2-3-1106" }],
    truncated: false,
  },
  "password.change": { kind: "password_set" },
  "password.reset": { kind: "password_set" },
} as const;
const bodies: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "/v1/login": { username: "ada", password: "secret" },
  "/v1/login/certificate": {},
  "/v1/users/search": { text: "lovel" },
  "/v1/groups": {},
  "/v1/password/change": { username: "ada", oldPassword: "old", newPassword: "new" },
  "/v1/password/reset": { username: "ada", newPassword: "new", unlock: true },
};
const certificate = { "client-cert": `:${Buffer.from("certificate").toString("base64")}:` };
const ticket = {
  authorization: `Negotiate ${spnegoToken([mechanisms.kerberos], kerberosToken()).toString("base64")}`,
};

const document = readDocument();

async function ask(api: ApiServer, path: string, init: RequestInit & { readonly query?: string } = {}) {
  const { query = "", ...rest } = init;
  const response = await fetch(`${api.url}${path}${query}`, rest);
  const body = await response.text();
  document.checkAnswer({
    method: rest.method ?? "get",
    path,
    status: response.status,
    headers: response.headers,
    body,
  });
  return { status: response.status, headers: response.headers, body };
}

function post(api: ApiServer, path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const common = { "content-type": "application/json", authorization: `Bearer ${allToken}`, ...certificate };
  return ask(api, path, {
    method: "post",
    headers: { ...common, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

test("the document is valid by the official schema of OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(createOpenApiDocument()));
  assert.ok(valid, JSON.stringify(errors));
});

test("what is served is the document, and where it is switched off there is none", async () => {
  await using api = await startApiServer();
  const { status, body } = await ask(api, "/v1/openapi.json");
  assert.equal(status, 200);
  assert.deepEqual(JSON.parse(body), createOpenApiDocument());
  await using silent = await startApiServer({ document: false });
  assert.equal((await fetch(`${silent.url}/v1/openapi.json`)).status, 404);
});

test("every end of a login is as the document says", async () => {
  await using api = await startApiServer();
  for (const verdict of verdicts) {
    api.verdict = verdict;
    await post(api, "/v1/login", bodies["/v1/login"]);
    if (isThrottled(verdict)) continue;
    await post(api, "/v1/login/certificate", {});
    await ask(api, "/v1/negotiate", { headers: ticket });
  }
});

test("every end of everything else is as the document says", async () => {
  await using api = await startApiServer();
  for (const [method, path] of Object.entries(operationPaths)) {
    const done: OperationEnd = { outcome: "done", result: results[method as keyof typeof results] };
    for (const end of [done, ...ends]) {
      if (isThrottled(end) && method !== "password.change") continue;
      api.end = end;
      await post(api, path, bodies[path]);
    }
  }
});

test("every code of a request that nobody works on is as the document says, with the field that is meant", async () => {
  await using api = await startApiServer({ tokenRequired: ["login", "password.change"] });
  await using two = await startApiServer({ connections: ["corp", "bare"] });
  const provoked: Readonly<
    Partial<Record<RequestErrorCode, (path: string, body: object) => Promise<{ readonly body: string }>>>
  > = {
    malformed_json: (path) => post(api, path, "{"),
    invalid_request: (path, body) => post(api, path, { ...body, surprise: 1 }),
    unknown_connection: (path, body) => post(two, path, body),
    body_too_large: (path) => post(api, path, "x".repeat(9_000)),
    unsupported_media_type: (path) =>
      post(api, path, "a=b", { "content-type": "application/x-www-form-urlencoded" }),
    empty_name: (path, body) => post(api, path, { ...body, username: " " }),
    name_too_long: (path, body) => post(api, path, { ...body, username: "a".repeat(257) }),
    name_control_character: (path, body) => post(api, path, { ...body, username: "a\u0000" }),
    name_malformed: (path, body) => post(api, path, { ...body, username: "EXAMPLE\\" }),
    empty_password: (path, body) => post(api, path, { ...body, [passwordField(body)]: "" }),
    password_too_long: (path, body) => post(api, path, { ...body, [passwordField(body)]: "x".repeat(1_025) }),
    unauthorized: (path, body) => post(api, path, body, { authorization: "Bearer nobody-knows-it" }),
    forbidden: (path, body) =>
      path === "/v1/login"
        ? forbiddenLogin(body)
        : post(api, path, body, { authorization: `Bearer ${loginToken}` }),
    no_client_certificate: (path) => ask(api, path, { method: "post" }),
    client_certificate_malformed: (path, body) => post(api, path, body, { "client-cert": "no" }),
    client_certificate_too_large: (path, body) =>
      post(api, path, body, { "client-cert": `:${Buffer.alloc(17_000).toString("base64")}:` }),
  };
  async function forbiddenLogin(body: object) {
    await using strict = await startApiServer({ connections: ["corp", "bare"], tokenRequired: ["login"] });
    return await post(strict, "/v1/login", { ...body, connection: "bare" });
  }
  for (const { path, method, errors } of endpoints) {
    for (const code of method === "post" ? errors : []) {
      const answer = await provoked[code]?.(path, bodies[path] ?? {});
      assert.equal(codeOf(answer?.body), code, `${path} ${code}`);
    }
  }
  const codes = [
    await ask(api, "/v1/negotiate"),
    await ask(api, "/v1/negotiate", { headers: { cookie: "drawbridge-no-ticket=1" } }),
    await ask(two, "/v1/negotiate", { query: "?connection=bare" }),
    await ask(two, "/v1/negotiate"),
    await ask(api, "/v1/negotiate", { query: "?connection=a&connection=b" }),
  ].map(({ body }) => codeOf(body));
  assert.deepEqual(codes, ["no_ticket", "no_ticket", "not_offered", "unknown_connection", "invalid_request"]);
});

test("nothing is in the document that was not seen above", () => {
  const ofTheOpsPort = ["/healthz", "/readyz", "/metrics"];
  const described = document
    .operations()
    .filter(({ path }) => !ofTheOpsPort.includes(path))
    .flatMap(({ method, path, statuses }) => statuses.map((status) => `${method} ${path} ${status}`));
  assert.deepEqual([...document.seen].toSorted(), described.toSorted());
});

test("the reasons that the document has are those that are ever told", () => {
  const told = new Set(denialReasons.map((reason) => disclosedReason(reason, "state")));
  assert.deepEqual([...told].toSorted(), [...toldReasons].toSorted());
});

/** Only where a stranger can try passwords. */
function isThrottled(end: Verdict | OperationEnd): boolean {
  return end.outcome === "unavailable" && end.fault === "throttled";
}

function passwordField(body: object): string {
  return "newPassword" in body ? "newPassword" : "password";
}

function codeOf(body = "{}"): unknown {
  return (JSON.parse(body) as { readonly error?: { readonly code?: unknown } }).error?.code;
}
