/**
 * `GET /v1/openapi.json`: what this API is, for programs.
 *
 * @module
 */

import type { FastifyInstance } from "fastify";
import { createOpenApiDocument } from "./openapi.ts";
import { documentPath } from "./paths.ts";

export function addDocumentRoute(server: FastifyInstance): void {
  const document = JSON.stringify(createOpenApiDocument());
  server.get(documentPath, (_, reply) => reply.type("application/json; charset=utf-8").send(document));
}
