/**
 * HTTP/1.1 for one path of one server, on connections that are kept: what a load test needs of it, at a third of the cost of
 * Node's own client, because what is measured shares its processors.
 *
 * @see RFC 9112
 * @module
 */

import { connect } from "node:net";
import type { Socket } from "node:net";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

interface Kept {
  readonly socket: Socket;
  text: string;
  answer: PromiseWithResolvers<HttpAnswer> | undefined;
  idleSinceMs: number;
}

/** A server closes what nobody uses, the gateway after three seconds: what is sent in that moment is lost. */
const idleMostMs = 2_000;

export class KeptConnections {
  readonly #url: URL;
  readonly #head: string;
  readonly #idle: Kept[] = [];

  constructor(url: URL) {
    this.#url = url;
    this.#head = `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-length: `;
  }

  /** @param headers  Each with its end of line. @throws {Error} when the connection breaks. */
  async post(body: string, headers = "content-type: application/json\r\n"): Promise<HttpAnswer> {
    const kept = this.#takeIdle() ?? this.#open();
    const answer = Promise.withResolvers<HttpAnswer>();
    kept.answer = answer;
    kept.socket.write(`${this.#head}${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`);
    return answer.promise;
  }

  /** The last used; those before it are older. */
  #takeIdle(): Kept | undefined {
    const kept = this.#idle.pop();
    if (kept !== undefined && performance.now() - kept.idleSinceMs < idleMostMs) return kept;
    for (const { socket } of this.#idle.splice(0)) socket.destroy();
    kept?.socket.destroy();
    return undefined;
  }

  #open(): Kept {
    const socket = connect({ host: this.#url.hostname, port: Number(this.#url.port), noDelay: true });
    const kept: Kept = { socket, text: "", answer: undefined, idleSinceMs: 0 };
    socket.setEncoding("latin1");
    socket.on("data", (piece: string) => this.#read(kept, piece));
    socket.on("error", (error) => kept.answer?.reject(error));
    socket.on("close", () => kept.answer?.reject(new Error("the connection was closed")));
    return kept;
  }

  #read(kept: Kept, piece: string): void {
    kept.text += piece;
    const headEnd = kept.text.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(kept.text.slice(0, headEnd))?.[1]);
    if (kept.text.length < headEnd + 4 + length) return;
    const answer = { status: Number(kept.text.slice(9, 12)), body: kept.text.slice(headEnd + 4) };
    kept.text = "";
    kept.idleSinceMs = performance.now();
    this.#idle.push(kept);
    const { answer: waiting } = kept;
    kept.answer = undefined;
    waiting?.resolve(answer);
  }
}
