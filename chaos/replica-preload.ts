/**
 * Loaded into each replica before the program itself.
 *
 * - Host names of controllers lead to this replica's own lines to them, so that a controller has the same name everywhere, and one
 *   replica's line can be broken alone.
 * - On SIGUSR2 its event loop stands still for two seconds, as under a long garbage collection, while its kernel goes on to
 *   acknowledge what arrives.
 */

import dns from "node:dns";

const blockMs = 2_000;
const hosts = new Map(Object.entries(JSON.parse(process.env["CHAOS_HOSTS"] ?? "{}")));
const resolve = dns.lookup;

Object.defineProperty(dns, "lookup", {
  value: (host: string, options: dns.LookupOptions, callback: Callback) => {
    const address = hosts.get(host);
    if (typeof address !== "string") resolve(host, options, callback);
    else if (options.all === true) process.nextTick(callback, null, [{ address, family: 4 }]);
    else process.nextTick(callback, null, address, 4);
  },
});

process.on("SIGUSR2", () => {
  const until = performance.now() + blockMs;
  while (performance.now() < until);
});

type Callback = (error: Error | null, address: string | dns.LookupAddress[], family?: number) => void;
