/**
 * The client certificate that a request came with: from the TLS handshake that ended here, or from a proxy that ended it.
 *
 * A proxy in the list is believed, and nothing but its header: its own handshake with us is not the person's. Nobody else's header is
 * looked at; it is taken out of the request before anything else can see it, and counted, because it is either a mistake or an attack.
 *
 * @see RFC 9440 — Client-Cert and Client-Cert-Chain; RFC 9651 §3.3.5 — their byte sequences
 * @module
 */

import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { TLSSocket } from "node:tls";
import type { DetailedPeerCertificate } from "node:tls";
import { certificateBytesMax, chainBytesMax, chainMax } from "../../login/attempt.ts";
import type { CertificateAttempt } from "../../login/attempt.ts";

export type PresentedCertificate =
  | ({ readonly kind: "presented" } & Pick<CertificateAttempt, "certificate" | "chain" | "proof">)
  | { readonly kind: "none" }
  /** The proxy's header is not what the standard has. */
  | { readonly kind: "malformed" }
  | { readonly kind: "too_large" };

export interface TrustedProxies {
  has(address: string | undefined): boolean;
}

const headerNames = { certificate: "client-cert", chain: "client-cert-chain" } as const;

/** @param networks  IP addresses, and networks as `address/bits`. @throws {Error} for anything else. */
export function trustedProxies(networks: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return {
    has(address) {
      // An IPv4 client of a socket that takes both.
      const plain = address?.replace(/^::ffff:(?=\d+\.)/i, "") ?? "";
      const version = isIP(plain);
      return version !== 0 && list.check(plain, version === 6 ? "ipv6" : "ipv4");
    },
  };
}

/** Takes the headers out of a request that is not a trusted proxy's. @returns true where there were some. */
export function stripForwarded(request: IncomingMessage, proxies: TrustedProxies): boolean {
  if (proxies.has(request.socket.remoteAddress)) return false;
  let found = false;
  for (const name of Object.values(headerNames)) {
    found ||= request.headers[name] !== undefined;
    delete request.headers[name];
  }
  return found;
}

export function presentedCertificate(
  { headers, socket }: IncomingMessage,
  proxies: TrustedProxies,
): PresentedCertificate {
  const address = socket.remoteAddress;
  if (address !== undefined && proxies.has(address)) {
    return forwarded(headers[headerNames.certificate], headers[headerNames.chain], address);
  }
  return socket instanceof TLSSocket ? fromHandshake(socket) : { kind: "none" };
}

function forwarded(
  certificate: string | readonly string[] | undefined,
  chain: string | readonly string[] | undefined,
  address: string,
): PresentedCertificate {
  if (certificate === undefined) return { kind: "none" };
  const own = byteSequence(String(certificate));
  const others = chain === undefined ? [] : String(chain).split(",").map(byteSequence);
  const known = others.filter((one) => one !== undefined);
  if (own === undefined || known.length < others.length) return { kind: "malformed" };
  return within({ certificate: own, chain: known, proof: { by: "proxy", address } });
}

/** OpenSSL has seen a signature by the certificate's key over this very handshake; who issued it, nobody has asked yet. */
function fromHandshake(socket: TLSSocket): PresentedCertificate {
  const own: Partial<DetailedPeerCertificate> = socket.getPeerCertificate(true);
  if (own.raw === undefined) return { kind: "none" };
  const chain: Buffer[] = [];
  let last = own.raw;
  for (
    let next = own.issuerCertificate;
    next?.raw !== undefined && !next.raw.equals(last);
    next = next.issuerCertificate
  ) {
    if (chain.length === chainMax) break;
    last = next.raw;
    chain.push(last);
  }
  return within({ certificate: own.raw, chain, proof: { by: "gateway" } });
}

function within(
  presented: Pick<CertificateAttempt, "certificate" | "chain" | "proof">,
): PresentedCertificate {
  const { certificate, chain } = presented;
  const chainBytes = chain.reduce((sum, { length }) => sum + length, 0);
  const fits =
    certificate.length <= certificateBytesMax && chain.length <= chainMax && chainBytes <= chainBytesMax;
  return fits ? { kind: "presented", ...presented } : { kind: "too_large" };
}

/** Canonical base64 between colons, and no parameters: none is defined. */
function byteSequence(text: string): Buffer | undefined {
  const base64 = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(text.trim())?.[1];
  const bytes = Buffer.from(base64 ?? "", "base64");
  return base64 !== undefined && bytes.toString("base64") === base64 ? bytes : undefined;
}
