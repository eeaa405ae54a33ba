/**
 * Finds the controllers of a domain by DNS and keeps looking, so that one that is added or taken away is known without a restart.
 *
 * Controllers of our own site come first, then by priority and weight. What was found stays until something else is found: a DNS
 * that is down, or suddenly empty, takes nobody's controllers away.
 *
 * @see MS-ADTS 6.3.2.3 — the names; RFC 2782 — priority and weight
 * @module
 */

import { getServers } from "node:dns";
import { isIP } from "node:net";
import { Deadline } from "../../login/deadline.ts";
import type { MonotonicClock } from "../../login/deadline.ts";
import { querySrv } from "./dns-query.ts";
import type { DnsFailure, NameServer, SrvOutcome } from "./dns-query.ts";
import { inOrder } from "./srv-records.ts";
import type { SrvRecord } from "./srv-records.ts";

export interface DiscoveryOptions {
  /** DNS name of the domain; for a global catalog, of the forest. */
  readonly domain: string;
  /** Active Directory's name for a place; its controllers come first. */
  readonly site?: string;
  readonly service: "ldap" | "global_catalog";
  /** `address` or `address:port`; the system's where there are none. */
  readonly nameServers?: readonly string[];
  readonly now: MonotonicClock;
  readonly observe: (found: Discovered) => void;
}

export type Discovered =
  | { readonly result: "ok"; readonly count: number }
  /** `none`: DNS knows no controller. `foreign`: it names only hosts outside the domain. */
  | { readonly result: DnsFailure | "none" | "foreign" };

export interface DiscoveredController {
  readonly host: string;
  /** As DNS has it: the one for LDAP without LDAPS. */
  readonly port: number;
}

const controllersMax = 64;
const lookupTimeoutMs = 10_000;
const refreshMinMs = 30_000;
const refreshMaxMs = 3_600_000;
/** Share of the time between two look-ups that is left to chance. */
const jitter = 0.1;
const retryMinMs = 1_000;
const retryMaxMs = 60_000;

export class Discovery implements Disposable {
  readonly #options: DiscoveryOptions;
  readonly #servers: readonly NameServer[] | undefined;
  readonly #found: (controllers: readonly DiscoveredController[]) => void;
  /** One for each host, drawn once. */
  readonly #lots = new Map<string, number>();
  #retryMs = retryMinMs;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /**
   * Starts to look, and returns at once.
   * @param found  Called with all controllers, most wanted first, after each look-up that found any.
   * @throws {Error} for what is no name server.
   */
  constructor(options: DiscoveryOptions, found: (controllers: readonly DiscoveredController[]) => void) {
    this.#options = options;
    this.#servers = options.nameServers?.map(parseNameServer);
    this.#found = found;
    void this.#look();
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const outcome = await this.#lookUp(Deadline.after(lookupTimeoutMs, this.#options.now));
    if (this.#closed) return;
    const { observe } = this.#options;
    if (outcome.kind !== "records" || outcome.records.length === 0) {
      observe({
        result: outcome.kind === "failed" ? outcome.why : outcome.kind === "none" ? "none" : "foreign",
      });
      this.#lookIn(this.#retryMs);
      this.#retryMs = Math.min(retryMaxMs, 2 * this.#retryMs);
      return;
    }
    this.#retryMs = retryMinMs;
    const controllers = outcome.records.map(({ target, port }) => ({ host: target, port }));
    observe({ result: "ok", count: controllers.length });
    this.#found(controllers);
    this.#lookIn(Math.min(refreshMaxMs, Math.max(refreshMinMs, 1_000 * outcome.ttlSeconds)));
  }

  /** Those of the own site, then all others. */
  async #lookUp(deadline: Deadline): Promise<SrvOutcome> {
    const { domain, site, service } = this.#options;
    const servers = this.#servers ?? getServers().map(parseNameServer);
    const ask = (name: string): Promise<SrvOutcome> => querySrv(name, servers, deadline);
    const kind = service === "ldap" ? "dc" : "gc";
    const near = site === undefined ? none : await ask(`_ldap._tcp.${site}._sites.${kind}._msdcs.${domain}`);
    let all = await ask(`_ldap._tcp.${kind}._msdcs.${domain}`);
    // No Active Directory, but perhaps another directory. @see RFC 2782 — the example of LDAP
    if (all.kind === "none" && service === "ldap") all = await ask(`_ldap._tcp.${domain}`);
    if (near.kind !== "records") return this.#chosen([all]);
    // Without an answer about the rest, the own site's are better than none.
    return this.#chosen(all.kind === "records" ? [near, all] : [near]);
  }

  #chosen(outcomes: readonly SrvOutcome[]): SrvOutcome {
    const chosen = new Map<string, SrvRecord>();
    let ttlSeconds = Infinity;
    for (const outcome of outcomes) {
      if (outcome.kind !== "records") return outcome;
      ttlSeconds = Math.min(ttlSeconds, outcome.ttlSeconds);
      const own = outcome.records.filter(({ target }) => isInDomain(target, this.#options.domain));
      for (const record of inOrder(own, (host) => this.#lotOf(host))) {
        if (chosen.size < controllersMax && !chosen.has(record.target)) chosen.set(record.target, record);
      }
    }
    for (const host of this.#lots.keys()) if (!chosen.has(host)) this.#lots.delete(host);
    return { kind: "records", records: [...chosen.values()], ttlSeconds };
  }

  #lotOf(host: string): number {
    const lot = this.#lots.get(host) ?? Math.random();
    this.#lots.set(host, lot);
    return lot;
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => void this.#look(), ms * (1 - jitter * Math.random()));
  }
}

const none: SrvOutcome = { kind: "none" };

/** A forged answer must not lead to somebody else's host, which may well have a certificate for its own name. */
function isInDomain(host: string, domain: string): boolean {
  return host.endsWith(`.${domain.toLowerCase()}`);
}

const dnsPort = 53;

/** @throws {Error} for what is not `address` or `address:port`, with brackets around an IPv6 address that has a port. */
export function parseNameServer(text: string): NameServer {
  const [, bracketed, plain = text, portText] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = bracketed ?? plain;
  const port = portText === undefined ? dnsPort : Number(portText);
  // A link-local address has a zone behind a percent sign.
  if (isIP(address.replace(/%.*$/, "")) === 0 || port < 1 || port > 65_535) {
    throw new Error("a name server is an IP address, or address:port");
  }
  return { address, port };
}
