/**
 * What lists of revoked certificates say of one certificate.
 *
 * @module
 */

import type { Certificate } from "../certificate.ts";
import { isListFor, isListOf } from "./revocation-list.ts";
import type { RevocationList } from "./revocation-list.ts";

export type RevocationStatus = "good" | "revoked" | "unknown";

/** Between our clock and an authority's. */
export const skewMs = 300_000;

export class ListReader {
  readonly #wallClock: () => number;
  /** Which lists are whose, by fingerprint: a signature over a long list is costly. */
  readonly #owners = new WeakMap<RevocationList, string>();

  /** @param wallClock  Milliseconds since 1970. */
  constructor(wallClock: () => number) {
    this.#wallClock = wallClock;
  }

  /** `unknown` where none of them is current, the issuer's own, and about such certificates. */
  async statusIn(
    lists: readonly RevocationList[],
    certificate: Certificate,
    issuer: Certificate,
  ): Promise<RevocationStatus> {
    let status: RevocationStatus = "unknown";
    for (const list of lists) {
      if (!this.isCurrent(list) || !isListFor(list, certificate)) continue;
      if (!(await this.isOwnedBy(list, issuer))) continue;
      if (list.serials.has(certificate.serial.toString("hex"))) return "revoked";
      status = "good";
    }
    return status;
  }

  isCurrent({ thisUpdateMs, nextUpdateMs }: RevocationList): boolean {
    const nowMs = this.#wallClock();
    return thisUpdateMs - skewMs <= nowMs && nowMs < nextUpdateMs;
  }

  async isOwnedBy(list: RevocationList, issuer: Certificate): Promise<boolean> {
    if (!list.issuer.equals(issuer.subject)) return false;
    const { fingerprint256 } = issuer.x509;
    if (this.#owners.get(list) === fingerprint256) return true;
    if (!(await isListOf(list, issuer))) return false;
    this.#owners.set(list, fingerprint256);
    return true;
  }
}
