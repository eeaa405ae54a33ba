/**
 * Everything that somebody who controls the bus gets to see.
 *
 * @module
 */

import type { Nats } from "./nats-server.ts";

export interface CapturedMessage {
  readonly subject: string;
  readonly reply: string;
  /** `name: value`, one a line. */
  readonly headers: string;
  readonly payload: Uint8Array;
}

export interface BusCapture extends AsyncDisposable {
  /** In the order of arrival; grows while the capture runs. */
  readonly messages: readonly CapturedMessage[];
  /**
   * All messages so far as one run of bytes (subjects, replies, headers, payloads), to search for what must not be there.
   * @throws {Error} when messages were missed because there were too many.
   */
  everything(): Promise<Buffer>;
}

const messagesMax = 200_000;

export async function captureBus(nats: Nats): Promise<BusCapture> {
  const connection = await nats.connectAs("observer");
  const messages: CapturedMessage[] = [];
  let missed = 0;
  connection.subscribe(">", {
    callback: (error, message) => {
      if (error !== null || messages.length >= messagesMax) {
        missed += 1;
        return;
      }
      const names = message.headers?.keys() ?? [];
      messages.push({
        subject: message.subject,
        reply: message.reply ?? "",
        headers: names.map((name) => `${name}: ${message.headers?.get(name) ?? ""}`).join("\n"),
        payload: message.data.slice(),
      });
    },
  });
  // The server has taken the subscription when it has answered a ping behind it.
  await connection.flush();
  return {
    messages,
    async everything() {
      await connection.flush();
      if (missed > 0) throw new Error(`the capture missed ${missed} messages`);
      return Buffer.concat(
        messages.flatMap(({ subject, reply, headers, payload }) => [
          Buffer.from(`${subject}\n${reply}\n${headers}\n`),
          payload,
          Buffer.from("\n"),
        ]),
      );
    },
    [Symbol.asyncDispose]: () => connection.close(),
  };
}
