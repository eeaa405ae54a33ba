/**
 * Whether DNS names the controllers.
 *
 * @module
 */

import { Discovery } from "../../directory/discovery/discovery.ts";
import type { Discovered, DiscoveredController } from "../../directory/discovery/discovery.ts";
import { ldapUrlOf } from "../../directory/open-controllers.ts";
import { fine, found } from "./finding.ts";
import type { Finding } from "./finding.ts";
import type { Place } from "./examined-place.ts";

export interface DiscoveredPlace {
  readonly findings: readonly Finding[];
  /** URLs, most wanted first. */
  readonly controllers: readonly string[];
}

/** Nothing is said of a place whose controllers are listed. */
export async function checkDiscovery(place: Place, startTls: boolean): Promise<DiscoveredPlace> {
  const { discovery, service, dnsName, subject } = place;
  if (discovery === undefined) return { findings: [], controllers: place.controllers };
  if (dnsName === "") {
    const says = "discovery needs a domain, because baseDn does not end in DC=…";
    return { findings: [found("dns_no_records", "discovery", subject, says)], controllers: [] };
  }
  const { promise, resolve } = Promise.withResolvers<Discovered>();
  let hosts: readonly DiscoveredController[] = [];
  const options = {
    ...discovery,
    domain: dnsName,
    service,
    now: () => performance.now(),
    observe: resolve,
  };
  const looking = new Discovery(options, (controllers) => {
    hosts = controllers;
  });
  const { result } = await promise;
  looking[Symbol.dispose]();
  const asked = `of ${dnsName}${discovery.site === undefined ? "" : `, site ${discovery.site}`}`;
  const servers = discovery.nameServers?.join(", ") ?? "the system's name servers";
  const ending = `${asked} (asked ${servers})`;
  switch (result) {
    case "ok": {
      const facts = hosts.map(({ host, port }) => `${host}:${port}`);
      const says = `DNS names ${facts.length} controllers ${ending}`;
      return {
        findings: [fine("discovery", subject, says, { facts })],
        controllers: hosts.map((one) => ldapUrlOf(one, startTls)),
      };
    }
    case "none":
      return nothing("dns_no_records", `DNS has no SRV records for the controllers ${ending}`);
    case "foreign":
      return nothing("dns_foreign", `DNS names only hosts outside the domain for the controllers ${ending}`);
    case "timeout":
    case "unreachable":
    case "refused":
    case "garbage":
      return nothing("dns_failed", `DNS gave no answer about the controllers ${ending}: ${result}`);
  }

  function nothing(problem: "dns_no_records" | "dns_foreign" | "dns_failed", says: string): DiscoveredPlace {
    return { findings: [found(problem, "discovery", subject, says)], controllers: [] };
  }
}
