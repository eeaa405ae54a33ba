/**
 * Loaded into each replica before the program itself.
 *
 * - Host names of controllers lead to this replica's own lines to them, so that a controller has the same name everywhere, and one
 *   replica's line can be broken alone.
 * - On SIGUSR2 its event loop stands still for two seconds, as under a long garbage collection, while its kernel goes on to
 *   acknowledge what arrives.
 */

import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";

const blockMs = 2_000;
const hosts = new Map(Object.entries(JSON.parse(process.env["CHAOS_HOSTS"] ?? "{}")));
const resolve = dns.promises.lookup;

Object.defineProperty(dns.promises, "lookup", {
  value: (host: string, options: dns.LookupAllOptions) => {
    const address = hosts.get(host);
    return typeof address === "string" ? Promise.resolve([{ address, family: 4 }]) : resolve(host, options);
  },
});
syncBuiltinESMExports();

process.on("SIGUSR2", () => {
  const until = performance.now() + blockMs;
  while (performance.now() < until);
});
