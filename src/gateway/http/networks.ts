/**
 * Sets of IP networks, for rules about where somebody comes from.
 *
 * @module
 */

import { BlockList, isIPv6 } from "node:net";

export interface Networks {
  /** @param address  As the server sees it, after trusted proxies; an IPv4 address may come in its IPv6 form. */
  has(address: string): boolean;
}

/** @param networks  `10.0.0.0/8`, `2001:db8::/32` or single addresses, checked before. */
export function createNetworks(networks: readonly string[]): Networks {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", length] = network.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    if (length === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(length), family);
  }
  return {
    has(address) {
      const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
      return list.check(plain, isIPv6(plain) ? "ipv6" : "ipv4");
    },
  };
}
