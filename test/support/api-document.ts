/**
 * What the OpenAPI document says, held against what a gateway really answers.
 *
 * The document lets answers grow by fields that it does not name; here none may, or it would be no description.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { createOpenApiDocument } from "../../src/gateway/http/api/openapi.ts";

export interface ApiAnswer {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export interface ApiOperation {
  readonly method: string;
  readonly path: string;
  readonly body?: JsonSchema;
  readonly statuses: readonly string[];
}

export type JsonSchema = Readonly<Record<string, unknown>>;

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation | undefined>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

interface Operation {
  readonly requestBody?: {
    readonly content: { readonly "application/json": { readonly schema: JsonSchema } };
  };
  readonly responses: Readonly<Record<string, Response>>;
}

interface Response {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content: Readonly<Record<string, { readonly schema: JsonSchema; readonly examples?: object }>>;
}

/** Of every path, as the document's own text says. */
const statusesOfAll = ["404", "405", "408", "431"];
/** Never there by itself. */
const neverAlways = new Set(["set-cookie", "www-authenticate"]);

export function readDocument() {
  const document = createOpenApiDocument() as unknown as OpenApi;
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(closed(document) as object, "document");
  const compiled = new Map<string, ReturnType<typeof ajv.compile>>();
  const seen = new Set<string>();
  return { document, operations, seen, checkAnswer, checkRequest };

  function operations(): readonly ApiOperation[] {
    return Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, operation]) =>
        operation?.responses === undefined
          ? []
          : [
              {
                method,
                path,
                statuses: Object.keys(operation.responses),
                ...(operation.requestBody && {
                  body: resolve(operation.requestBody.content["application/json"].schema),
                }),
              },
            ],
      ),
    );
  }

  function resolve(schema: JsonSchema): JsonSchema {
    const name = String(schema["$ref"]).split("/").at(-1) ?? "";
    return document.components.schemas[name] ?? schema;
  }

  function isValid(schema: JsonSchema, value: unknown): string | undefined {
    const text = JSON.stringify(closed(schema)).replaceAll('"#/components/', '"document#/components/');
    const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text) as object);
    compiled.set(text, validate);
    return validate(value) ? undefined : ajv.errorsText(validate.errors);
  }

  function checkRequest({ body }: ApiOperation, value: unknown): boolean {
    return body === undefined || isValid(body, value) === undefined;
  }

  /** @throws {AssertionError} unless the document has this answer. */
  function checkAnswer({ method, path, status, headers, body }: ApiAnswer): void {
    const what = `${method} ${path} ${status} ${body.slice(0, 200)}`;
    const operation = document.paths[path]?.[method.toLowerCase()];
    const described = operation?.responses[status];
    const [type = ""] = (headers.get("content-type") ?? "").split(";");
    if (described === undefined) {
      assert.ok(statusesOfAll.includes(String(status)), `not in the document: ${what}`);
      assert.match(body, /^\{"error":\{"code":"[a-z_]+","message":"[^"]+"\}\}$/);
      return;
    }
    const content = described.content[type];
    assert.ok(content !== undefined, `not this content type (${type}): ${what}`);
    const value: unknown = type === "application/json" ? JSON.parse(body) : body;
    assert.equal(isValid(content.schema, value), undefined, what);
    const code = codeOf(value);
    assert.ok(code === undefined || code in (content.examples ?? {}), `not this code: ${what}`);
    for (const name of Object.keys(described.headers ?? {})) {
      const isThere = headers.has(name);
      assert.ok(isThere || neverAlways.has(name.toLowerCase()), `without ${name}: ${what}`);
    }
    if (code === "unauthorized" || code === "forbidden") assert.ok(headers.has("www-authenticate"), what);
    seen.add(`${method} ${path} ${status}`);
  }
}

function codeOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("error" in value)) return undefined;
  return String((value.error as { readonly code: unknown }).code);
}

/** No field that is not named. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  const isOpen = inner["type"] === "object" && "properties" in inner && !("additionalProperties" in inner);
  return isOpen ? { ...inner, additionalProperties: false } : inner;
}
