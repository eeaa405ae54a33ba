/**
 * Whether a certificate, or one of those above it, has been revoked.
 *
 * For each certificate the first that knows decides: a list in a file, the authority's responder, the list that the certificate names.
 * Nobody who knows is `unknown`, and what becomes of that is for the caller to say. What was fetched is remembered, and fetched anew
 * beside the logins that use it.
 *
 * @module
 */

import type { Deadline } from "../../../login/deadline.ts";
import { withinDeadline } from "../../../login/within-deadline.ts";
import type { Certificate } from "../certificate.ts";
import { DerError } from "../der.ts";
import { askResponder } from "./ask-responder.ts";
import type { AskDeps } from "./ask-responder.ts";
import { fetchableUrls, fetchBounded } from "./fetch.ts";
import { listBytesMax } from "./list-files.ts";
import type { ListFiles } from "./list-files.ts";
import { responderPlaces } from "./ocsp.ts";
import { Memory } from "./remembered.ts";
import type { Remembered } from "./remembered.ts";
import type { ObserveRevocation, RevocationResult } from "./revocation-event.ts";
import { decodeRevocationList, listPlaces } from "./revocation-list.ts";
import type { RevocationList } from "./revocation-list.ts";
import { ListReader } from "./status-in-lists.ts";
import type { RevocationStatus } from "./status-in-lists.ts";

export interface RevocationDeps extends Omit<AskDeps, "isRevoked"> {
  readonly files: ListFiles;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly observe: ObserveRevocation;
}

/** @param path  A valid one: the person's own first, the anchor last. */
export type CheckRevocation = (path: readonly Certificate[], deadline: Deadline) => Promise<RevocationStatus>;

/** Certificates that are remembered with their answer. */
const answersMax = 20_000;
/** Lists by URL: authorities have one each, large ones some more. */
const listsMax = 32;
const restMs = 5_000;
/** Who is revoked is known after this at the latest, where the authority publishes it sooner than it has to. */
const ageMaxMs = 3_600_000;
/** Of one certificate. */
const placesMax = 4;
const nonceBytes = 32;

export function createRevocationCheck(deps: RevocationDeps): CheckRevocation {
  const { files, observe, wallClock } = deps;
  const memory = { restMs, ageMaxMs, wallClock };
  const answers = new Memory<"good" | "revoked">({ ...memory, entriesMax: answersMax });
  const lists = new Memory<RevocationList>({ ...memory, entriesMax: listsMax });
  const reader = new ListReader(wallClock);
  const isRevoked = async (responder: Certificate, issuer: Certificate): Promise<boolean> =>
    (await reader.statusIn(files.lists, responder, issuer)) === "revoked";

  return async (path, deadline) => {
    const statuses = await Promise.all(
      path.slice(0, -1).map(async (certificate, index) => {
        const issuer = path[index + 1];
        if (issuer === undefined) return "unknown";
        const status = await withinDeadline(deadline, statusOf(certificate, issuer));
        return status === "timeout" ? "unknown" : status;
      }),
    );
    if (statuses.includes("revoked")) return "revoked";
    return statuses.includes("unknown") ? "unknown" : "good";
  };

  async function statusOf(certificate: Certificate, issuer: Certificate): Promise<RevocationStatus> {
    const inFiles = await reader.statusIn(files.lists, certificate, issuer);
    if (inFiles !== "unknown") return inFiles;
    for (const url of fetchableUrls(responderPlaces(certificate)).slice(0, placesMax)) {
      const key = `${url.href} ${certificate.x509.fingerprint256}`;
      const answer = await answers.get(key, async () => {
        const question = { certificate, issuer, nonce: deps.randomBytes(nonceBytes) };
        return told("responder", url, await askResponder(url, question, { ...deps, isRevoked }));
      });
      if (answer !== undefined) return answer;
    }
    for (const url of fetchableUrls(listPlaces(certificate)).slice(0, placesMax)) {
      const list = await lists.get(url.href, async () => told("list", url, await fetchList(url, issuer)));
      const status = list === undefined ? "unknown" : await reader.statusIn([list], certificate, issuer);
      if (status !== "unknown") return status;
    }
    return "unknown";
  }

  async function fetchList(
    url: URL,
    issuer: Certificate,
  ): Promise<Remembered<RevocationList> | Exclude<RevocationResult, "ok">> {
    const fetched = await fetchBounded({ url, bytesMax: listBytesMax }, deps.limits);
    if (fetched.kind === "failed") return fetched.why;
    try {
      const list = await decodeRevocationList(fetched.bytes);
      if (!reader.isCurrent(list)) return "out_of_date";
      return (await reader.isOwnedBy(list, issuer))
        ? { value: list, holdsUntilMs: list.nextUpdateMs }
        : "not_signed";
    } catch (error) {
      if (error instanceof DerError) return "malformed";
      throw error;
    }
  }

  function told<T>(
    source: "responder" | "list",
    { host: place }: URL,
    outcome: Remembered<T> | Exclude<RevocationResult, "ok">,
  ): Remembered<T> | undefined {
    observe({ source, place, result: typeof outcome === "string" ? outcome : "ok" });
    return typeof outcome === "string" ? undefined : outcome;
  }
}
