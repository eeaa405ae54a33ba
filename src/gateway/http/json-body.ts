/**
 * JSON bodies: bounded, strictly UTF-8, and gone from memory as soon as they are read.
 *
 * @module
 */

import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { RequestErrorCode, RequestProblem } from "./request-error.ts";

/** A name, a password and a connection, each at its longest, in JSON's longest form. */
const bodyBytesMax = 8_192;

/** A body that is not read, with what is wrong with it. */
export class BodyError extends Error {
  readonly problem: RequestProblem;
  readonly statusCode = 400;

  constructor(problem: RequestProblem) {
    super("the body is not read");
    this.name = "BodyError";
    this.problem = problem;
  }
}

/** The server reads no other kind of body after this. */
export function readJsonOnly(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  const parseJson = server.getDefaultJsonParser("error", "error");
  server.addContentTypeParser(
    /^application\/json(;\s*charset="?utf-8"?)?\s*$/i,
    async (request: FastifyRequest, payload: IncomingMessage) => {
      const text = await readText(payload);
      return new Promise((resolve, reject) => {
        void parseJson(request, text, (error, body) => (error === null ? resolve(body) : reject(error)));
      });
    },
  );
  // A connection that is kept alive would keep it until the next request.
  server.addHook("onResponse", async (request) => {
    request.body = undefined;
  });
}

/** @throws {BodyError} */
async function readText(payload: IncomingMessage): Promise<string> {
  if (Number(payload.headers["content-length"] ?? 0) > bodyBytesMax)
    throw new BodyError({ code: "body_too_large" });
  const bytes = await readBytes(payload);
  // Decoded leniently, a password in another encoding would reach the directory as a wrong one and be counted.
  const text = isUtf8(bytes) ? bytes.toString("utf8") : undefined;
  bytes.fill(0);
  if (text === undefined) throw new BodyError({ code: "malformed_json", message: "the body is not UTF-8" });
  return text;
}

/** The pieces in which they arrive are wiped: they would stay in memory until something else needs it. */
function readBytes(payload: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    const wipe = (): void => {
      for (const piece of pieces.splice(0)) piece.fill(0);
    };
    let isOver = false;
    const fail = (code: RequestErrorCode): void => {
      // Every request is closed in the end, and an error costs its stack.
      if (isOver) return;
      isOver = true;
      wipe();
      reject(new BodyError({ code }));
    };
    // What is too much is still received and thrown away, so that the answer gets through.
    payload.on("data", (piece: Buffer) => {
      length += piece.length;
      if (length <= bodyBytesMax) pieces.push(piece);
      else fail("body_too_large");
    });
    payload.once("end", () => {
      isOver = true;
      resolve(Buffer.concat(pieces));
      wipe();
    });
    payload.once("error", () => fail("bad_request"));
    payload.once("close", () => fail("bad_request"));
  });
}
