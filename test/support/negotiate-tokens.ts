/**
 * Tokens as clients send them after `Negotiate`, put together by hand.
 *
 * @module
 */

export const mechanisms = {
  kerberos: "2a864886f712010202",
  windowsKerberos: "2a864882f712010202",
  ntlm: "2b06010401823702020a",
  spnego: "2b0601050502",
} as const;

export interface TicketParts {
  readonly realm?: string;
  readonly service?: readonly string[];
  readonly keyVersion?: number;
  readonly authenticator?: Buffer;
  readonly ticketBytes?: number;
}

/** An AP-REQ in its GSS-API framing, with nothing real encrypted in it. */
export function kerberosToken(parts: TicketParts = {}): Buffer {
  const { realm = "EXAMPLE.TEST", service = ["HTTP", "gateway.example.test"], keyVersion = 3 } = parts;
  const sealed = (cipher: Buffer, version?: number): Buffer =>
    der(
      0x30,
      der(0xa0, der(0x02, Buffer.from([18]))),
      ...(version === undefined ? [] : [der(0xa1, der(0x02, Buffer.from([version])))]),
      der(0xa2, der(0x04, cipher)),
    );
  const name = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0xa1, der(0x30, ...service.map((part) => der(0x1b, Buffer.from(part))))),
  );
  const ticket = der(
    0x61,
    der(
      0x30,
      der(0xa0, der(0x02, Buffer.from([5]))),
      der(0xa1, der(0x1b, Buffer.from(realm))),
      der(0xa2, name),
      der(0xa3, sealed(Buffer.alloc(parts.ticketBytes ?? 100, 7), keyVersion)),
    ),
  );
  const request = der(
    0x6e,
    der(
      0x30,
      der(0xa0, der(0x02, Buffer.from([5]))),
      der(0xa1, der(0x02, Buffer.from([14]))),
      der(0xa2, der(0x03, Buffer.from([0, 0x20, 0, 0, 0]))),
      der(0xa3, ticket),
      der(0xa4, sealed(parts.authenticator ?? Buffer.from("authenticator"))),
    ),
  );
  return der(0x60, oid(mechanisms.kerberos), Buffer.from([1, 0]), request);
}

/** A NegTokenInit that offers these mechanisms, with a token for the first. */
export function spnegoToken(offered: readonly string[], token: Buffer | undefined): Buffer {
  const fields = der(
    0x30,
    der(0xa0, der(0x30, ...offered.map(oid))),
    ...(token === undefined ? [] : [der(0xa2, der(0x04, token))]),
  );
  return der(0x60, oid(mechanisms.spnego), der(0xa0, fields));
}

export const ntlmToken = Buffer.from("NTLMSSP\0\u0001\0\0\0\u0007\u0082\u0008\0", "latin1");

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"));
}

function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const significant = length.subarray(length.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([tag, 0x80 + significant.length]), significant, body]);
}
