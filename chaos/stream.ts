/**
 * A JetStream stream on every node, as other applications of the same cluster have them. No login needs it.
 *
 * @see https://docs.nats.io/reference/reference-protocols/nats_api_reference
 * @module
 */

import type { Nats } from "../test/support/nats-server.ts";

export interface Stream extends AsyncDisposable {
  /** @returns whether a majority of the nodes has stored it. */
  append(bytes: number): Promise<boolean>;
}

const answerTimeoutMs = 2_000;
const electionTimeoutMs = 60_000;

/** @throws {Error} when the nodes do not make one. */
export async function openStream(nats: Nats): Promise<Stream> {
  const connection = await nats.connectAs("streamer");
  const request = async (subject: string, payload: string): Promise<unknown> => {
    const answer = await connection.request(subject, payload, { timeout: answerTimeoutMs });
    return answer.json();
  };
  const name = "streamed";
  const settings = JSON.stringify({
    name,
    subjects: [`${name}.>`],
    num_replicas: nats.nodes.length,
    storage: "file",
    retention: "limits",
    discard: "old",
    max_bytes: -1,
  });
  const giveUpAt = performance.now() + electionTimeoutMs;
  for (;;) {
    const answer = await request(`$JS.API.STREAM.CREATE.${name}`, settings).catch(String);
    if (!hasFailed(answer)) break;
    if (performance.now() > giveUpAt) {
      await connection.close();
      throw new Error(`JetStream made no stream: ${JSON.stringify(answer)}`);
    }
  }
  return {
    append: async (bytes) => !hasFailed(await request(`${name}.entry`, "x".repeat(bytes)).catch(String)),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

function hasFailed(answer: unknown): boolean {
  return typeof answer !== "object" || answer === null || "error" in answer;
}
