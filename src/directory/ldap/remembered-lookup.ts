/**
 * Addresses of hosts that outlive the DNS which told them, because in Active Directory the controller that dies is often the DNS too.
 *
 * An address that is out of date does no harm: whoever is there has to prove the host's name by a certificate.
 *
 * @module
 */

import { NOTFOUND } from "node:dns";
import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { Deadline } from "../../login/deadline.ts";
import { withinDeadline } from "../../login/within-deadline.ts";
import { remember } from "../../login/remember.ts";

/** Empty, or rejected, for a host that is not found. */
export type FindAddresses = (host: string) => Promise<readonly LookupAddress[]>;

/** So long a DNS may take, where an earlier answer is known. */
const patienceMs = 100;
const hostsMax = 256;

export const systemAddresses: FindAddresses = (host) => lookup(host, { all: true });

/** For sockets in the place of the system's own. Fails as that does, with `ENOTFOUND`. */
export function rememberedLookup(find: FindAddresses): LookupFunction {
  const known = new Map<string, readonly LookupAddress[]>();
  const running = new Map<string, Promise<readonly LookupAddress[]>>();

  // One question at a time for each host: a DNS that is silent must not hold the threads that all look-ups share.
  const askOnce = async (host: string): Promise<readonly LookupAddress[]> => {
    const found = await find(host).catch(() => []);
    running.delete(host);
    if (found.length > 0) remember(known, host, found, hostsMax);
    return found;
  };
  const ask = (host: string): Promise<readonly LookupAddress[]> => {
    const asked = running.get(host) ?? askOnce(host);
    running.set(host, asked);
    return asked;
  };
  const addressesOf = async (host: string): Promise<readonly LookupAddress[]> => {
    const [asked, before] = [ask(host), known.get(host)];
    if (before === undefined) return asked;
    const found = await withinDeadline(Deadline.after(patienceMs), asked);
    return found === "timeout" || found.length === 0 ? before : found;
  };

  const answer = async (...[host, options, callback]: Parameters<LookupFunction>): Promise<void> => {
    const addresses = await addressesOf(host);
    const [first] = addresses;
    if (first === undefined) {
      callback(Object.assign(new Error("no such host"), { code: NOTFOUND }), "");
    } else if (options.all === true) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
  return (host, options, callback) => void answer(host, options, callback);
}
