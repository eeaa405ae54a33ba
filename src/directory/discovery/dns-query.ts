/**
 * Asks a DNS server for SRV records, because Node's own resolver does not tell how long they hold.
 *
 * What comes back is believed as far as DNS can be: it comes from the server that was asked, to the port that asked, with the number
 * and the question that were sent. Whoever can read that can still forge it, which is why certificates are checked all the same.
 *
 * @see RFC 1035 §4 — messages, UDP and TCP; RFC 5452 — what makes forging hard
 * @module
 */

import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import { decode, encode, RECURSION_DESIRED } from "dns-packet";
import type { Answer, DecodedPacket } from "dns-packet";
import type { Deadline } from "../../login/deadline.ts";
import { withinDeadline } from "../../login/within-deadline.ts";
import { hostName } from "./srv-records.ts";
import type { SrvRecord } from "./srv-records.ts";

export interface NameServer {
  readonly address: string;
  readonly port: number;
}

export type SrvOutcome =
  | { readonly kind: "records"; readonly records: readonly SrvRecord[]; readonly ttlSeconds: number }
  /** The name does not exist, or has no such records. */
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly why: DnsFailure };

/** `refused`: the server answered with an error. `garbage`: with something that is no answer. */
export type DnsFailure = "timeout" | "unreachable" | "refused" | "garbage";

/** Each server in turn gets so long. */
const serverTimeoutMs = 2_000;
const ttlMaxSeconds = 2 ** 31 - 1;
/** RFC 1035 §4.1.1. */
const responseCodeBits = 0xf;
const noSuchName = 3;

/** Asks the servers one after the other until one answers. */
export async function querySrv(
  name: string,
  servers: readonly NameServer[],
  deadline: Deadline,
): Promise<SrvOutcome> {
  let outcome: SrvOutcome = { kind: "failed", why: "unreachable" };
  for (const server of servers) {
    if (deadline.passed) break;
    outcome = await ask(name, server, deadline.sooner(serverTimeoutMs));
    if (outcome.kind !== "failed") break;
  }
  return outcome;
}

async function ask(name: string, server: NameServer, deadline: Deadline): Promise<SrvOutcome> {
  const id = randomInt(2 ** 16);
  const query = encode({ type: "query", id, flags: RECURSION_DESIRED, questions: [{ type: "SRV", name }] });
  const isAnswer = (packet: DecodedPacket): boolean => isAnswerTo(packet, id, name);
  const byUdp = await exchangeUdp(query, server, isAnswer, deadline);
  if (byUdp.kind !== "answer" || !byUdp.packet.flag_tc) return outcomeOf(byUdp, name);
  return outcomeOf(await exchangeTcp(query, server, isAnswer, deadline), name);
}

type Exchange =
  | { readonly kind: "answer"; readonly packet: DecodedPacket }
  | { readonly kind: "failed"; readonly why: DnsFailure };

async function exchangeUdp(
  query: Buffer,
  { address, port }: NameServer,
  isAnswer: (packet: DecodedPacket) => boolean,
  deadline: Deadline,
): Promise<Exchange> {
  const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
  const { promise, resolve } = Promise.withResolvers<Exchange>();
  socket.on("error", () => resolve({ kind: "failed", why: "unreachable" }));
  socket.on("message", (message) => {
    const packet = parse(message);
    // Anything else may be somebody's guess: the answer may still come.
    if (packet !== undefined && isAnswer(packet)) resolve({ kind: "answer", packet });
  });
  // A connected socket hears nobody but the server, and has a port that nobody can know.
  socket.connect(port, address, () => socket.send(query));
  const outcome = await withinDeadline(deadline, promise);
  socket.close();
  return outcome === "timeout" ? { kind: "failed", why: "timeout" } : outcome;
}

/** Of a TCP message: its length comes first. @see RFC 1035 §4.2.2 */
const lengthBytes = 2;

async function exchangeTcp(
  query: Buffer,
  { address, port }: NameServer,
  isAnswer: (packet: DecodedPacket) => boolean,
  deadline: Deadline,
): Promise<Exchange> {
  const socket = connect({ host: address, port });
  const { promise, resolve } = Promise.withResolvers<Exchange>();
  let received = Buffer.alloc(0);
  socket.on("error", () => resolve({ kind: "failed", why: "unreachable" }));
  socket.on("close", () => resolve({ kind: "failed", why: "garbage" }));
  socket.on("data", (data) => {
    received = Buffer.concat([received, data]);
    if (received.length < lengthBytes) return;
    const end = lengthBytes + received.readUInt16BE(0);
    if (received.length < end) return;
    const packet = parse(received.subarray(lengthBytes, end));
    const isValid = packet !== undefined && isAnswer(packet);
    resolve(isValid ? { kind: "answer", packet } : { kind: "failed", why: "garbage" });
  });
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt16BE(query.length);
  socket.write(Buffer.concat([length, query]));
  const outcome = await withinDeadline(deadline, promise);
  socket.destroy();
  return outcome === "timeout" ? { kind: "failed", why: "timeout" } : outcome;
}

function parse(message: Buffer): DecodedPacket | undefined {
  try {
    return decode(message);
  } catch {
    return undefined;
  }
}

function isAnswerTo({ id, type, questions = [] }: DecodedPacket, ours: number, name: string): boolean {
  const [question, another] = questions;
  if (type !== "response" || id !== ours || question === undefined || another !== undefined) return false;
  return question.type === "SRV" && isSameName(question.name, name);
}

function outcomeOf(exchange: Exchange, name: string): SrvOutcome {
  if (exchange.kind === "failed") return exchange;
  const { flags = 0, answers = [] } = exchange.packet;
  const responseCode = flags & responseCodeBits;
  if (responseCode === noSuchName) return { kind: "none" };
  if (responseCode !== 0) return { kind: "failed", why: "refused" };
  const own = answers.filter((answer) => isSameName(answer.name, name));
  const records = own.flatMap(recordOf);
  if (records.length === 0) return { kind: "none" };
  const ttls = own.map((answer) => ("ttl" in answer ? (answer.ttl ?? 0) : 0));
  // RFC 2181 §8: with its highest bit set it means 0.
  return {
    kind: "records",
    records,
    ttlSeconds: Math.min(...ttls.map((ttl) => (ttl > ttlMaxSeconds ? 0 : ttl))),
  };
}

/** None for a target that is no host, such as the `.` that means that there is no server. */
function recordOf(answer: Answer): readonly SrvRecord[] {
  if (answer.type !== "SRV") return [];
  const { target: text, port, priority = 0, weight = 0 } = answer.data;
  const target = hostName(text);
  return target === undefined || port === 0 ? [] : [{ target, port, priority, weight }];
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase().replace(/\.$/, "") === other.toLowerCase().replace(/\.$/, "");
}
