/**
 * Where a request comes from: one address, and the network around it that one person can easily have all of.
 *
 * @module
 */

import { isIPv4, isIPv6 } from "node:net";

export interface Source {
  /** IPv4: the address. IPv6: its /64, inside which a host takes any address it likes. */
  readonly address: string;
  /** IPv4: its /24. IPv6: its /64. */
  readonly network: string;
}

/** What is known of where a request came from: for those who have to answer for it later, and never sent on. */
export interface Origin {
  /** Of the client; absent where no person is there, as when an application refreshes its tokens. */
  readonly ip?: string;
  /** Id of the OpenID Connect application that sent the person, or name of the API token. */
  readonly application?: string;
}

const mappedPrefix = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/** @param ip  As the server saw it, or as a trusted proxy told. */
export function sourceOf(ip: string): Source {
  // Some proxies write the client's port behind its address.
  const bare = /^\[(.+)\](?::\d+)?$/.exec(ip)?.[1] ?? /^([\d.]+):\d+$/.exec(ip)?.[1] ?? ip;
  const text = bare.replace(mappedPrefix, "");
  if (isIPv4(text)) return { address: text, network: `${text.slice(0, text.lastIndexOf("."))}.0/24` };
  if (!isIPv6(text)) return { address: "unknown", network: "unknown" };
  const network = `${groupsOf(text).slice(0, 4).join(":")}::/64`;
  return { address: network, network };
}

function groupsOf(text: string): readonly string[] {
  // The URL parser brings every spelling of an address into one form; a zone is this host's own business.
  const { hostname } = new URL(`http://[${text.split("%")[0] ?? ""}]`);
  const [head = "", tail] = hostname.slice(1, -1).split("::");
  const [before, after] = [head, tail ?? ""].map((part) => (part === "" ? [] : part.split(":")));
  const zeros = tail === undefined ? 0 : 8 - (before?.length ?? 0) - (after?.length ?? 0);
  return [...(before ?? []), ...Array.from({ length: zeros }, () => "0"), ...(after ?? [])];
}
