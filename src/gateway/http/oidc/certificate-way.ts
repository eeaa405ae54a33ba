/**
 * The way in by a client certificate: to a host that asks for one, and back.
 *
 * That host may be another one, where the login's cookie is not sent. So it is told which login it is for, and what it found out comes
 * back through the person's own browser, as a code that is good once, for a minute, for that login: whoever makes somebody else open
 * the address of their own login gains nothing, because the code arrives in a browser that does not have that login.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { InteractionResults } from "oidc-provider";
import type { ConnectionName } from "../../../login/attempt.ts";
import { Deadline } from "../../../login/deadline.ts";
import type { Bucket } from "../../../protocol/store-port.ts";
import type { Texts } from "../page/texts.ts";
import type { Way } from "../page/pages.ts";
import type { LoginConnection } from "./choose-connection.ts";
import { StateUnavailable, storeWaitMs } from "./state-adapter.ts";

export interface CertificateWay {
  /** Origin of the host that asks. */
  readonly url: string;
  /** Whose people it is offered to; everybody's where it is absent. */
  readonly connections?: ReadonlySet<string>;
}

/** Below the login page's path. */
export const certificateStep = "/certificate";

/** @param path  Of the login page. */
export function certificateWays(
  way: CertificateWay | undefined,
  path: string,
  candidates: readonly LoginConnection[],
  { certificateUse }: Texts,
): readonly Way[] {
  if (way === undefined) return [];
  const offered = candidates.filter(({ name }) => takesCertificates(way, name));
  return offered.map(({ name, label }) => ({
    href: `${way.url}${path}${certificateStep}?connection=${name}`,
    label: candidates.length === 1 ? certificateUse : `${certificateUse} (${label})`,
  }));
}

export function takesCertificates({ connections }: CertificateWay, connection: ConnectionName): boolean {
  return connections === undefined || connections.has(connection);
}

/** A person that a certificate let in, on the way back to the login. */
export interface Handover {
  readonly uid: string;
  readonly connection: ConnectionName;
  readonly login: NonNullable<InteractionResults["login"]>;
}

export interface Handovers {
  /** @returns the code for it. @throws {StateUnavailable} */
  give(handover: Handover): Promise<string>;
  /** @returns undefined for a code that was used, has ended, or is of another login. @throws {StateUnavailable} */
  take(code: string, uid: string): Promise<Handover | undefined>;
}

const codeLifeMs = 60_000;
const codePattern = /^[A-Za-z0-9_-]{43}$/;

export function createHandovers(bucket: Bucket, wallClock: () => number): Handovers {
  const deadline = (): Deadline => Deadline.after(storeWaitMs);
  const keyOf = (code: string): string => `Handover.${code}`;
  return {
    async give(handover) {
      const code = randomBytes(32).toString("base64url");
      const value = Buffer.from(JSON.stringify({ ...handover, expiresAtMs: wallClock() + codeLifeMs }));
      const written = await bucket.create(keyOf(code), value, deadline());
      if (written.kind !== "written") throw new StateUnavailable();
      return code;
    },
    async take(code, uid) {
      if (!codePattern.test(code)) return undefined;
      const found = await bucket.get(keyOf(code), deadline());
      if (found.kind === "unavailable") throw new StateUnavailable();
      if (found.kind === "none") return undefined;
      // Written by us: what is in the store is sealed.
      const handover = JSON.parse(Buffer.from(found.value).toString("utf8")) as Handover & {
        readonly expiresAtMs: number;
      };
      if (handover.uid !== uid || wallClock() > handover.expiresAtMs) return undefined;
      // Of two who have it at the same moment, one.
      const used = await bucket.update(keyOf(code), Buffer.from("{}"), found.revision, deadline());
      if (used.kind === "unavailable") throw new StateUnavailable();
      return used.kind === "written" ? handover : undefined;
    },
  };
}
