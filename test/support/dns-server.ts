/**
 * A DNS server on a loopback address that answers what a test tells it to, over UDP and TCP.
 *
 * @see RFC 1035 §4
 * @module
 */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { decode, encode, TRUNCATED_RESPONSE } from "dns-packet";
import type { Packet } from "dns-packet";
import { findFreeAddress } from "./loopback.ts";

export interface SrvAnswer {
  readonly target: string;
  readonly port?: number;
  readonly priority?: number;
  readonly weight?: number;
  /** Seconds; 600 unless told. */
  readonly ttl?: number;
}

export interface DnsQuestion {
  readonly name: string;
  readonly over: "udp" | "tcp";
}

export type DnsReply =
  | { readonly records: readonly SrvAnswer[]; readonly truncated?: boolean }
  /** The response code: 3 for a name that is not there. */
  | { readonly code: number }
  /** Sent as it is; made from the question, so that its number can be right. */
  | { readonly raw: (query: Buffer) => Buffer }
  | "silence";

export interface DnsServer extends AsyncDisposable {
  /** `127.x.y.z` */
  readonly address: string;
  readonly questions: readonly DnsQuestion[];
  /** From now on. */
  answer: (question: DnsQuestion) => DnsReply;
}

const port = 53;

export async function startDnsServer(answer: DnsServer["answer"]): Promise<DnsServer> {
  const address = await findFreeAddress([port]);
  const questions: DnsQuestion[] = [];
  const server = { address, questions, answer };
  const replyTo = (query: Buffer, over: DnsQuestion["over"]): Buffer | undefined => {
    const packet = decode(query);
    const question = { name: packet.questions?.[0]?.name ?? "", over };
    questions.push(question);
    const reply = server.answer(question);
    if (reply === "silence") return undefined;
    return "raw" in reply ? reply.raw(query) : encode(responseOf(packet, reply));
  };

  const udp = createSocket("udp4");
  udp.on("message", (query, from) => {
    const reply = replyTo(query, "udp");
    if (reply !== undefined) udp.send(reply, from.port, from.address);
  });
  udp.bind(port, address);
  await once(udp, "listening");
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    socket.once("data", (data) => {
      const reply = replyTo(data.subarray(2), "tcp");
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply?.length ?? 0);
      if (reply !== undefined) socket.end(Buffer.concat([length, reply]));
    });
  });
  tcp.listen(port, address);
  await once(tcp, "listening");
  return Object.assign(server, {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      udp.close();
      tcp.close();
      await once(tcp, "close");
    },
  });
}

function responseOf(query: Packet, reply: Exclude<DnsReply, "silence" | { raw: unknown }>): Packet {
  const [question] = query.questions ?? [];
  const common = {
    type: "response",
    ...(query.id === undefined ? {} : { id: query.id }),
    ...(query.questions === undefined ? {} : { questions: query.questions }),
  } as const;
  if ("code" in reply) return { ...common, flags: reply.code };
  const answers = reply.records.map(
    ({ target, port: targetPort = 389, priority = 0, weight = 100, ttl = 600 }) =>
      ({
        type: "SRV",
        name: question?.name ?? "",
        ttl,
        data: { target, port: targetPort, priority, weight },
      }) as const,
  );
  return { ...common, answers, flags: reply.truncated === true ? TRUNCATED_RESPONSE : 0 };
}
