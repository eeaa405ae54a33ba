/**
 * A TCP connection that a test can make slow, silent or broken.
 *
 * Put in front of a controller or a NATS node it is the network between: it holds bytes back as a lossy line does, and
 * hands them over when the line heals, which is what TCP's own repeats would do.
 *
 * @module
 */

import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export type Direction = "both" | "to_server" | "to_client";

export interface TcpProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Connections open now. */
  readonly connections: number;
  /** Passed on so far, in both directions. */
  readonly bytes: number;
  /** From now on each piece arrives this much later, in each direction. */
  delay(ms: number): void;
  /** Nothing comes through any more, and nobody is told: a partition. */
  blackHole(direction?: Direction): void;
  /** Resets every connection, and each new one at once. */
  cut(): void;
  /** Neither delay, black hole nor cut any more; what a black hole held back arrives now. */
  heal(): void;
}

export interface TcpProxyOptions {
  /** Where to listen; on a server's own address its certificate stays right. */
  readonly host: string;
  /** A free one unless told. */
  readonly port?: number;
  readonly target: { readonly host: string; readonly port: number };
}

interface Line {
  delayMs: number;
  isCut: boolean;
  readonly held: Set<Exclude<Direction, "both">>;
  /** Resolved and replaced at each heal. */
  healed: PromiseWithResolvers<void>;
}

/** Bytes that wait for their delay in one direction of one connection; beyond it the sender has to wait. */
const heldBytesMax = 1_048_576;

export async function startTcpProxy({ host, port = 0, target }: TcpProxyOptions): Promise<TcpProxy> {
  const line: Line = { delayMs: 0, isCut: false, held: new Set(), healed: Promise.withResolvers() };
  const sockets = new Set<Socket>();
  let bytes = 0;
  const count = (piece: Buffer): void => {
    bytes += piece.length;
  };
  const server = createServer((client) => {
    if (line.isCut) {
      reset(client);
      return;
    }
    const upstream = connect({ ...target, noDelay: true });
    client.setNoDelay(true);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.once("error", () => reset(other));
      socket.once("close", () => sockets.delete(socket));
    }
    for (const socket of [client, upstream]) socket.on("data", count);
    forward(client, upstream, line, "to_server");
    forward(upstream, client, line, "to_client");
  });
  server.listen({ host, port });
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("the proxy listens on no port");
  const resetAll = (): void => {
    for (const socket of sockets) reset(socket);
  };
  const heal = (): void => {
    line.delayMs = 0;
    line.isCut = false;
    line.held.clear();
    line.healed.resolve();
    line.healed = Promise.withResolvers();
  };

  return {
    host,
    port: bound.port,
    get connections() {
      return sockets.size / 2;
    },
    get bytes() {
      return bytes;
    },
    delay(ms) {
      line.delayMs = ms;
    },
    blackHole(direction = "both") {
      if (direction !== "to_client") line.held.add("to_server");
      if (direction !== "to_server") line.held.add("to_client");
    },
    cut() {
      line.isCut = true;
      resetAll();
    },
    heal,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      resetAll();
      heal();
      await closed;
    },
  };
}

/**
 * Node forgets to close a connection that is to be reset while its last bytes still wait to go out: it would keep the process from
 * ending, for ever.
 */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** Passes pieces on one after the other, each when its own delay is over, so that they never overtake one another. */
function forward(from: Socket, to: Socket, line: Line, direction: Exclude<Direction, "both">): void {
  let held = 0;
  let last: Promise<void> = Promise.resolve();
  const enqueue = (deliver: () => void): void => {
    const due = performance.now() + line.delayMs;
    const before = last;
    last = (async () => {
      await before;
      const waitMs = due - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      while (line.held.has(direction)) await line.healed.promise;
      if (!to.destroyed) deliver();
    })();
  };
  from.on("data", (piece: Buffer) => {
    held += piece.length;
    if (held > heldBytesMax) from.pause();
    enqueue(() => {
      held -= piece.length;
      to.write(piece);
      if (from.isPaused() && held <= heldBytesMax) from.resume();
    });
  });
  from.on("end", () => enqueue(() => to.end()));
}
