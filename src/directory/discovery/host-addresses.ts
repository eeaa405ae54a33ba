/**
 * Addresses of hosts by the same DNS servers that named them, which need not be the ones that the rest of the machine asks.
 *
 * @module
 */

import type { LookupAddress } from "node:dns";
import { Resolver } from "node:dns/promises";
import { isIPv6 } from "node:net";
import type { FindAddresses } from "../ldap/remembered-lookup.ts";
import type { NameServer } from "./dns-query.ts";

const timeoutMs = 1_000;
const tries = 2;

export function addressesBy(servers: readonly NameServer[]): FindAddresses {
  const resolver = new Resolver({ timeout: timeoutMs, tries });
  resolver.setServers(
    servers.map(({ address, port }) => (isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`)),
  );
  return async (host) => {
    const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    return [...found(four, 4), ...found(six, 6)];
  };
}

function found(outcome: PromiseSettledResult<string[]>, family: 4 | 6): readonly LookupAddress[] {
  return outcome.status === "fulfilled" ? outcome.value.map((address) => ({ address, family })) : [];
}
