/**
 * A stub, and no directory: it speaks LDAP over TLS and answers what a test tells it to.
 *
 * For what only Microsoft's Active Directory does and no server that runs here: sub-code 525, automatic ranges, its limit of 1000
 * entries, success for an empty password, continuation references. Everything that a real server can show is tested on one.
 *
 * @see RFC 4511 §4
 * @module
 */

import { readFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:tls";
import type { TLSSocket } from "node:tls";
import { element, integer, readElements, readHeader } from "./ber.ts";
import type { Element } from "./ber.ts";
import { findFreeAddress } from "./loopback.ts";
import { createAuthority } from "./pki.ts";
import type { Authority } from "./pki.ts";
import { createScratch } from "./scratch.ts";

export type StubRequest = StubBind | StubSearch;

export interface StubBind {
  readonly kind: "bind";
  readonly name: string;
  readonly password: string;
}

export interface StubSearch {
  readonly kind: "search";
  readonly base: string;
  readonly scope: number;
  readonly sizeLimit: number;
  /** Every `attribute=value` in the filter, wherever it stands. */
  readonly assertions: readonly (readonly [attribute: string, value: string])[];
  readonly attributes: readonly string[];
  /** Of the paged results control, where there is one. @see RFC 2696 */
  readonly page?: { readonly size: number; readonly cookie: string };
}

export interface StubAnswer {
  /** LDAP result code; 0 unless told. */
  readonly code?: number;
  readonly diagnostic?: string;
  readonly entries?: readonly StubEntry[];
  readonly references?: readonly string[];
  /** Where the next page begins; empty on the last. */
  readonly cookie?: string;
  /** Sent as they are, in the place of an answer. */
  readonly raw?: Buffer;
  /** The server says that it goes, and does. @see RFC 4511 §4.4.1 */
  readonly disconnects?: boolean;
}

export interface StubEntry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly (string | Buffer)[]>>;
}

export interface LdapStub extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly authority: Authority;
  /** In the order in which they came. */
  readonly requests: readonly StubRequest[];
  readonly connections: number;
}

export interface StubOptions {
  readonly answer: (request: StubRequest) => StubAnswer;
  /** Share another's certification authority. */
  readonly authority?: Authority;
}

const [sequence, octetString, enumerated, integerTag] = [0x30, 0x04, 0x0a, 0x02] as const;
const pagedResultsOid = "1.2.840.113556.1.4.319";
const noticeOfDisconnectionOid = "1.3.6.1.4.1.1466.20036";
const unavailable = 52;

export async function startLdapStub({ answer, authority: shared }: StubOptions): Promise<LdapStub> {
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("ldap-stub"));
  const authority = shared ?? (await createAuthority(scratch.folder));
  const host = await findFreeAddress([636]);
  const { certificateFile, keyFile } = await authority.issue(host, { dns: [], ip: [host] });
  const requests: StubRequest[] = [];
  const sockets = new Set<TLSSocket>();
  let connections = 0;
  const server = createServer(
    { cert: await readFile(certificateFile), key: await readFile(keyFile) },
    (socket) => {
      connections += 1;
      sockets.add(socket);
      // An answer is written in pieces.
      socket.setNoDelay(true);
      socket.on("close", () => sockets.delete(socket));
      // A client that is closed while it is answered is what many tests are about.
      socket.on("error", () => {});
      serve(socket, (request) => {
        requests.push(request);
        return answer(request);
      });
    },
  );
  server.listen(636, host);
  await once(server, "listening");
  cleanup.defer(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  const owned = cleanup.move();
  return {
    url: `ldaps://${host}`,
    host,
    authority,
    requests,
    get connections() {
      return connections;
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

function serve(socket: TLSSocket, answer: (request: StubRequest) => StubAnswer): void {
  let received = Buffer.alloc(0);
  socket.on("data", (data) => {
    received = Buffer.concat([received, data]);
    for (;;) {
      const header = readHeader(received, 0);
      if (header === undefined || header.end > received.length) return;
      const [message] = readElements(received.subarray(0, header.end));
      received = received.subarray(header.end);
      const [id, operation, controls] = message?.inside ?? [];
      if (id === undefined || operation === undefined) return void socket.destroy();
      const request = parseRequest(operation, controls);
      if (request === undefined) return void socket.end();
      send(socket, id, request, answer(request));
    }
  });
}

/** @returns undefined for an unbind, and for what a stub need not know. */
function parseRequest(operation: Element, controls: Element | undefined): StubRequest | undefined {
  const text = (part: Element | undefined): string => part?.content.toString() ?? "";
  if (operation.tag === 0x60) {
    const [, name, password] = operation.inside;
    return { kind: "bind", name: text(name), password: text(password) };
  }
  if (operation.tag !== 0x63) return undefined;
  const [base, scope, , sizeLimit, , , filter, attributes] = operation.inside;
  const page = controls?.inside.find((control) => text(control.inside[0]) === pagedResultsOid);
  const value = page?.inside.at(-1);
  const [size, cookie] = value === undefined ? [] : (readElements(value.content)[0]?.inside ?? []);
  return {
    kind: "search",
    base: text(base),
    scope: numberOf(scope),
    sizeLimit: numberOf(sizeLimit),
    assertions: filter === undefined ? [] : assertionsIn(filter),
    attributes: attributes?.inside.map(text) ?? [],
    ...(page === undefined ? {} : { page: { size: numberOf(size), cookie: text(cookie) } }),
  };
}

function assertionsIn(filter: Element): readonly (readonly [string, string])[] {
  if (filter.tag !== 0xa3) return filter.inside.flatMap(assertionsIn);
  const [attribute, value] = filter.inside.map(({ content }) => content.toString());
  return [[attribute ?? "", value ?? ""]];
}

function numberOf(part: Element | undefined): number {
  return part === undefined || part.content.length === 0 ? 0 : part.content.readIntBE(0, part.content.length);
}

function send(socket: TLSSocket, id: Element, request: StubRequest, answer: StubAnswer): void {
  const { code = 0, diagnostic = "", entries = [], references = [], cookie, raw, disconnects } = answer;
  if (raw !== undefined) return void socket.write(raw);
  const messageId = element(integerTag, id.content);
  if (disconnects === true) {
    const notice = element(
      0x78,
      ...result(unavailable, "going down"),
      element(0x8a, noticeOfDisconnectionOid),
    );
    return void socket.end(element(sequence, integer(integerTag, 0), notice));
  }
  for (const { dn, attributes } of entries) {
    const all = Object.entries(attributes).map(([type, values]) =>
      element(
        sequence,
        element(octetString, type),
        element(0x31, ...values.map((value) => element(octetString, value))),
      ),
    );
    const entry = element(0x64, element(octetString, dn), element(sequence, ...all));
    socket.write(element(sequence, messageId, entry));
  }
  for (const url of references) {
    socket.write(element(sequence, messageId, element(0x73, element(octetString, url))));
  }
  const done = element(request.kind === "bind" ? 0x61 : 0x65, ...result(code, diagnostic));
  const paged = element(sequence, integer(integerTag, 0), element(octetString, cookie ?? ""));
  const control = element(sequence, element(octetString, pagedResultsOid), element(octetString, paged));
  const controls = cookie === undefined ? [] : [element(0xa0, control)];
  socket.write(element(sequence, messageId, done, ...controls));
}

function result(code: number, diagnostic: string): readonly Buffer[] {
  return [integer(enumerated, code), element(octetString, ""), element(octetString, diagnostic)];
}
