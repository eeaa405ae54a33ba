/**
 * The API as an OpenAPI 3.1 document, made of the schemas that requests are read with and answers are typed by.
 *
 * It is the same at every gateway. What a gateway's settings leave out is answered with 403 or 404 there.
 *
 * @see OpenAPI Specification 3.1.1
 * @module
 */

import { z } from "zod";
import { apiScopes } from "../api-callers.ts";
import { requestError, requestErrors } from "../request-error.ts";
import type { RequestErrorCode } from "../request-error.ts";
import { answers } from "./answers.ts";
import { endpoints, isOpen } from "./endpoints.ts";
import type { Answer, Endpoint } from "./endpoints.ts";
import { opsPaths } from "./ops-paths.ts";
import { documentPath } from "./paths.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
type Section = Readonly<Record<string, Json>>;

const schemaPath = "#/components/schemas/";
const security = "applicationToken";

export function createOpenApiDocument(): Section {
  return {
    openapi: "3.1.1",
    info: {
      title: "Drawbridge",
      version: "1.0.0",
      summary: "Logins, passwords, people and groups of a directory that stands behind a firewall.",
      description,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "The gateway that serves this document." }],
    tags: [
      {
        name: "Logins",
        description: "A login is accepted, denied or unavailable. An outage is never a denial.",
      },
      { name: "Passwords", description: "New passwords, by the person or by an administrator." },
      { name: "Lists", description: "People and groups, page by page." },
      { name: "Operation", description: "For whoever runs the gateway, at its ops port." },
    ],
    paths: {
      ...Object.fromEntries(endpoints.map((endpoint) => [endpoint.path, pathOf(endpoint)])),
      [documentPath]: documentItem,
      ...opsPaths,
    },
    components: {
      schemas: schemas(),
      headers: commonHeaders,
      securitySchemes: {
        [security]: {
          type: "http",
          scheme: "bearer",
          description: `From \`gateway.api.tokens\`. Each is good for some of: ${apiScopes.map((scope) => `\`${scope}\``).join(", ")}.`,
        },
      },
    },
  };
}

const description = [
  "Every answer is JSON. A login or request that could be worked on has an `outcome`; one that could not has an `error` with a stable `code`,",
  "a `message` for whoever writes the application, and the `field` that is meant where there is one.",
  "",
  "Answers of any path, beside those listed: 404 `not_found`, 405 `method_not_allowed` with `Allow`, 408 `request_timeout` for requests that arrive",
  "too slowly, 431 `headers_too_large`, 400 `bad_request` for what is no HTTP. Answers may get more fields; ignore those that you do not know.",
  "",
  "A gateway that is an OpenID Connect issuer describes that in `.well-known/openid-configuration` below its issuer's address.",
].join("\n");

const commonHeaders = {
  RetryAfter: {
    description: "Seconds to wait before asking again.",
    schema: { type: "integer", minimum: 1 },
  },
  WwwAuthenticate: {
    description:
      "What is missing: a token (RFC 6750), or a ticket (RFC 4559). Absent from the denial of a password.",
    schema: { type: "string" },
  },
} as const satisfies Section;

function pathOf(endpoint: Endpoint): Section {
  const { id, method, tag, summary, description: text, scope, query, body } = endpoint;
  return {
    [method]: {
      operationId: id,
      tags: [tag],
      summary,
      description: text,
      ...securityOf(endpoint),
      ...(scope === undefined ? {} : { "x-drawbridge-scope": scope }),
      ...(query === undefined ? {} : { parameters: parametersOf(query) }),
      ...(body === undefined
        ? {}
        : {
            requestBody: {
              required: body.required,
              content: { "application/json": { schema: refTo(body.schema) } },
            },
          }),
      responses: responsesOf(endpoint),
    },
  };
}

/** A scheme beside none: a token is demanded only where the settings say so. */
function securityOf({ scope }: Endpoint): Section {
  if (scope === undefined) return { security: [] };
  return { security: isOpen(scope) ? [{}, { [security]: [] }] : [{ [security]: [] }] };
}

function parametersOf(query: z.ZodObject): Json {
  const { properties = {} } = z.toJSONSchema(query, { io: "input" });
  return Object.entries(properties).map(([name, property]) => {
    const { description: text = "", ...schema } = typeof property === "object" ? property : {};
    return { name, in: "query", required: false, description: text, schema: schema as Json };
  });
}

function responsesOf({ answers: answered, errors }: Endpoint): Section {
  const statuses = new Set([
    ...answered.map(({ status }) => status),
    ...errors.map((code) => requestErrors[code][0]),
  ]);
  return Object.fromEntries(
    [...statuses]
      .toSorted((a, b) => a - b)
      .map((status) => {
        const said = answered.filter((answer) => answer.status === status);
        const refused = errors.filter((code) => requestErrors[code][0] === status);
        return [String(status), responseOf(status, said, refused)];
      }),
  );
}

function responseOf(status: number, said: readonly Answer[], refused: readonly RequestErrorCode[]): Json {
  const refs = [
    ...said.map(({ schema }) => refTo(schema)),
    ...(refused.length > 0 ? [refTo(answers.problem)] : []),
  ];
  const [only = {}] = refs;
  const texts = [
    ...said.map((answer) => answer.description),
    ...(refused.length > 0 ? [`Not worked on: ${refused.map((code) => `\`${code}\``).join(", ")}.`] : []),
  ];
  const examples = refused.map((code) => [code, { value: requestError({ code }).body }] as const);
  return {
    description: texts.join(" "),
    ...headersOf(status, said, refused),
    content: {
      "application/json": {
        schema: refs.length > 1 ? { oneOf: refs } : only,
        ...(examples.length > 0 ? { examples: Object.fromEntries(examples) } : {}),
      },
    },
  };
}

function headersOf(status: number, said: readonly Answer[], refused: readonly RequestErrorCode[]): Section {
  const own = said.flatMap(({ headers = {} }) =>
    Object.entries(headers).map(
      ([name, text]) => [name, { description: text, schema: { type: "string" } }] as const,
    ),
  );
  const common = [
    ...(status === 429 || status === 503
      ? [["Retry-After", { $ref: "#/components/headers/RetryAfter" }] as const]
      : []),
    ...(refused.some((code) => code === "unauthorized" || code === "forbidden" || code === "no_ticket")
      ? [["WWW-Authenticate", { $ref: "#/components/headers/WwwAuthenticate" }] as const]
      : []),
  ];
  const headers = Object.fromEntries<Json>([...common, ...own]);
  return Object.keys(headers).length > 0 ? { headers } : {};
}

function refTo(schema: z.ZodType): Section {
  return { $ref: `${schemaPath}${idOf(schema)}` };
}

function idOf(schema: z.ZodType): string {
  const id = z.globalRegistry.get(schema)?.id;
  if (id === undefined) throw new Error("a schema of the API has no name");
  return id;
}

/** All that have a name, wherever they are used. */
function schemas(): Section {
  const used = [
    ...endpoints.flatMap(({ body }) => (body === undefined ? [] : [body.schema])),
    ...Object.values(answers),
  ];
  const definitions = used.flatMap((schema) => {
    const { $schema: _, $defs = {}, ...rest } = z.toJSONSchema(schema, { io: "input" });
    return [[idOf(schema), rest], ...Object.entries($defs)] as const;
  });
  const text = JSON.stringify(Object.fromEntries(definitions.toSorted(([a], [b]) => (a < b ? -1 : 1))));
  return JSON.parse(text.replaceAll('"#/$defs/', `"${schemaPath}`)) as Section;
}

const documentItem = {
  get: {
    operationId: "describe",
    tags: ["Operation"],
    summary: "This document",
    description: "Where `gateway.api.document` is not switched off; 404 elsewhere.",
    security: [],
    responses: {
      "200": {
        description: "An OpenAPI 3.1 document.",
        content: { "application/json": { schema: { type: "object", required: ["openapi", "paths"] } } },
      },
    },
  },
} as const satisfies Section;
