/**
 * Requests drawn from the OpenAPI document, right ones and ones that are wrong in one place: no answer is a defect, and every answer is
 * one that the document has.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { readDocument } from "../../../support/api-document.ts";
import type { JsonSchema } from "../../../support/api-document.ts";
import { allToken, startApiServer } from "../../../support/api-server.ts";

interface ObjectSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

function valueOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const {
    type,
    minLength = 0,
    maxLength = 32,
    minimum,
    maximum,
  } = schema as Readonly<Record<string, number>>;
  switch (type as unknown) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: minimum ?? 0, max: maximum ?? 100 });
    case "string": {
      const examples = (schema["examples"] ?? []) as readonly string[];
      // A character may be two units long; the bound is in units.
      const text = fc.string({
        minLength,
        maxLength: Math.min(Math.floor(maxLength / 2), 64),
        unit: "binary",
      });
      return examples.length === 0 ? text : fc.oneof(text, fc.constantFrom(...examples));
    }
    default:
      throw new Error(`the document has a field of an unknown type: ${JSON.stringify(schema)}`);
  }
}

function rightBody({ properties, required = [] }: ObjectSchema): fc.Arbitrary<Record<string, unknown>> {
  const values = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, valueOf(schema)]),
  );
  return fc.record(values, { requiredKeys: [...required] });
}

/** The body, with one field taken away, added, or of anything at all. */
function wrongBody(schema: ObjectSchema): fc.Arbitrary<unknown> {
  const names = Object.keys(schema.properties);
  const field = fc.oneof(fc.constantFrom(...names), fc.string());
  const broken = fc
    .tuple(rightBody(schema), field, fc.option(fc.jsonValue(), { nil: undefined }))
    .map(([body, name, value]) => ({ ...body, [name]: value }));
  return fc.oneof({ weight: 4, arbitrary: broken }, { weight: 1, arbitrary: fc.jsonValue() });
}

const { operations, checkAnswer, checkRequest } = readDocument();
const posted = operations().filter(({ body }) => body !== undefined);

for (const operation of posted) {
  const { method, path, body } = operation;
  test(`${method} ${path}: whatever is sent, the answer is in the document and no defect`, async () => {
    await using api = await startApiServer();
    if (path === "/v1/users/search") {
      api.end = { outcome: "done", result: { kind: "people", people: [], truncated: false } };
    } else if (path === "/v1/groups") {
      api.end = { outcome: "done", result: { kind: "groups", groups: [], truncated: false } };
    }
    const schema = body as unknown as ObjectSchema;
    await fc.assert(
      fc.asyncProperty(fc.oneof(rightBody(schema), wrongBody(schema)), async (sent) => {
        const response = await fetch(`${api.url}${path}`, {
          method,
          headers: { "content-type": "application/json", authorization: `Bearer ${allToken}` },
          body: JSON.stringify(sent) ?? "",
        });
        const { status, headers } = response;
        const text = await response.text();
        checkAnswer({ method, path, status, headers, body: text });
        assert.ok(status < 500, text);
        // What the document does not allow is not worked on. What it allows may still be no name, or at no connection.
        if (!checkRequest(operation, JSON.parse(JSON.stringify(sent ?? null))))
          assert.equal(status, 400, text);
        else assert.ok(!text.includes('"invalid_request"'), text);
      }),
      { numRuns: 150 },
    );
    assert.deepEqual(
      api.seen.filter(({ name }) => name === "defect"),
      [],
    );
  });
}
