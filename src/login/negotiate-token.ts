/**
 * What a client sends after `Authorization: Negotiate`, as far as it can be read without a key.
 *
 * A gateway sees from it that a token is NTLM, which nobody here can check. A replica takes the authenticator out of it, by which a
 * ticket that is presented twice is known: the wrapping around it can be written in many ways, the authenticator is encrypted with its
 * own checksum and cannot be changed.
 *
 * @see RFC 4178 §4.2.1 — NegTokenInit; RFC 4121 §4.1 — the Kerberos token; RFC 4120 §5.5.1 — AP-REQ
 * @module
 */

export type NegotiateToken =
  | ({ readonly kind: "ticket" } & TicketShown)
  | { readonly kind: "ntlm" }
  /** Not SPNEGO, or SPNEGO with something in it that is neither Kerberos nor NTLM. */
  | { readonly kind: "malformed" };

/** In clear, and so the word of whoever presents it. */
export interface TicketShown {
  /** Of the service that the ticket is for. */
  readonly realm: string;
  /** `HTTP/gateway.example.test` */
  readonly service: string;
  /** Version of the service's key; absent where the KDC does not number them. */
  readonly keyVersion?: number;
  /** The encrypted authenticator. */
  readonly authenticator: Uint8Array;
}

const ntlmSignature = Buffer.from("NTLMSSP\0", "latin1");
const spnego = "2b0601050502";
const kerberos = "2a864886f712010202";
/** What Windows called it first, and still offers before the right one. @see MS-SPNG 3.1.5.1 */
const windowsKerberos = "2a864882f712010202";
const ntlm = "2b06010401823702020a";
const apRequest = "0100";

const tags = {
  integer: 0x02,
  octets: 0x04,
  oid: 0x06,
  text: 0x1b,
  sequence: 0x30,
  application: (number: number) => 0x60 + number,
  context: (number: number) => 0xa0 + number,
} as const;

/** @param text  Base64, with its padding. */
export function parseNegotiateToken(text: string): NegotiateToken {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) return { kind: "malformed" };
  if (isNtlm(bytes)) return { kind: "ntlm" };
  try {
    return parseInitial(bytes);
  } catch (error) {
    if (error instanceof Unreadable) return { kind: "malformed" };
    throw error;
  }
}

function parseInitial(bytes: Buffer): NegotiateToken {
  const framed = only(bytes, tags.application(0));
  const mechanism = framed.take(tags.oid);
  if (mechanism.toString("hex") !== spnego) return { kind: "malformed" };
  const fields = only(only(framed.rest(), tags.context(0)).rest(), tags.sequence);
  const offered = only(fields.take(tags.context(0)), tags.sequence);
  const preferred = offered.take(tags.oid).toString("hex");
  fields.takeIf(tags.context(1));
  const wrapped = fields.takeIf(tags.context(2));
  if (preferred === ntlm) return { kind: "ntlm" };
  // Made for another mechanism than the first one, it would only be answered with a question.
  if (wrapped === undefined || (preferred !== kerberos && preferred !== windowsKerberos)) {
    return { kind: "malformed" };
  }
  const inner = only(wrapped, tags.octets).rest();
  return isNtlm(inner) ? { kind: "ntlm" } : { kind: "ticket", ...parseRequest(inner) };
}

function parseRequest(bytes: Buffer): TicketShown {
  const framed = only(bytes, tags.application(0));
  const mechanism = framed.take(tags.oid).toString("hex");
  if (mechanism !== kerberos && mechanism !== windowsKerberos) throw new Unreadable();
  const request = framed.rest();
  if (request.subarray(0, 2).toString("hex") !== apRequest) throw new Unreadable();
  const fields = only(only(request.subarray(2), tags.application(14)).rest(), tags.sequence);
  for (const number of [0, 1, 2]) fields.take(tags.context(number));
  const ticket = only(only(fields.take(tags.context(3)), tags.application(1)).rest(), tags.sequence);
  const authenticator = only(fields.take(tags.context(4)), tags.sequence);

  ticket.take(tags.context(0));
  const realm = only(ticket.take(tags.context(1)), tags.text)
    .rest()
    .toString("latin1");
  const name = only(ticket.take(tags.context(2)), tags.sequence);
  name.take(tags.context(0));
  const parts = only(name.take(tags.context(1)), tags.sequence);
  const service: string[] = [];
  while (!parts.isEmpty) service.push(parts.take(tags.text).toString("latin1"));
  const sealed = only(ticket.take(tags.context(3)), tags.sequence);
  sealed.take(tags.context(0));
  const version = sealed.takeIf(tags.context(1));
  return {
    realm,
    service: service.join("/"),
    ...(version === undefined ? {} : { keyVersion: integerOf(only(version, tags.integer).rest()) }),
    authenticator: cipherOf(authenticator),
  };
}

function cipherOf(sealed: Reader): Buffer {
  sealed.take(tags.context(0));
  sealed.takeIf(tags.context(1));
  return only(sealed.take(tags.context(2)), tags.octets).rest();
}

function isNtlm(bytes: Buffer): boolean {
  return bytes.subarray(0, ntlmSignature.length).equals(ntlmSignature);
}

function integerOf(bytes: Buffer): number {
  if (bytes.length === 0 || bytes.length > 5) throw new Unreadable();
  return bytes.readIntBE(0, bytes.length);
}

class Unreadable extends Error {}

/** The content of the one element that these bytes are. */
function only(bytes: Buffer, tag: number): Reader {
  const reader = new Reader(bytes);
  const content = reader.take(tag);
  if (!reader.isEmpty) throw new Unreadable();
  return new Reader(content);
}

/** DER elements one after the other; definite lengths only. */
class Reader {
  #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.#bytes.length === 0;
  }

  rest(): Buffer {
    const bytes = this.#bytes;
    this.#bytes = bytes.subarray(bytes.length);
    return bytes;
  }

  take(tag: number): Buffer {
    const [found, first] = this.#bytes;
    if (found !== tag || first === undefined) throw new Unreadable();
    const lengthBytes = first < 0x80 ? 0 : first - 0x80;
    if (first === 0x80 || lengthBytes > 4 || this.#bytes.length < 2 + lengthBytes) throw new Unreadable();
    const length = lengthBytes === 0 ? first : this.#bytes.readUIntBE(2, lengthBytes);
    const start = 2 + lengthBytes;
    if (this.#bytes.length < start + length) throw new Unreadable();
    const content = this.#bytes.subarray(start, start + length);
    this.#bytes = this.#bytes.subarray(start + length);
    return content;
  }

  takeIf(tag: number): Buffer | undefined {
    return this.#bytes[0] === tag ? this.take(tag) : undefined;
  }
}
