/**
 * What a program keeps on the NATS servers beside the logins, by its settings, and what its user has to be allowed for it.
 *
 * Each place is tried as the program uses it, by messages that leave it as it was: none of them can be carried out.
 *
 * @module
 */

import { auditStreamName } from "../../bus/audit-stream.ts";
import type { Config } from "../../config/schema.ts";
import { auditSubject, storeInbox } from "../../protocol/subjects.ts";
import type { ProcessId } from "../../protocol/subjects.ts";
import { addingTo, publishing, subscribing } from "./deed.ts";
import type { Deed } from "./deed.ts";

type Role = "connector" | "gateway";

export interface KeptPlaces {
  readonly buckets: readonly string[];
  readonly hasAudit: boolean;
}

export function keptPlacesOf({ connector, gateway, audit }: Config, role: Role): KeptPlaces {
  const hasAudit = audit.stream.keyFiles.length > 0;
  if (role === "connector") {
    const takesTickets = Object.values(connector?.connections ?? {}).some(
      ({ kerberos }) => kerberos !== undefined,
    );
    const hasMemory = takesTickets && (connector?.state.keyFiles.length ?? 0) > 0;
    return { buckets: hasMemory ? ["tickets"] : [], hasAudit };
  }
  if (gateway === undefined || gateway.state.keyFiles.length === 0) return { buckets: [], hasAudit };
  return {
    buckets: [
      "logins",
      ...(gateway.throttle.enabled ? ["throttle", "familiar"] : []),
      ...(gateway.oidc === undefined ? [] : ["oidc_logins", "oidc_tokens", "oidc_people"]),
    ],
    hasAudit,
  };
}

/** @param nobody  A process that is not there: what comes back is heard by nobody. */
export function neededFor({ buckets, hasAudit }: KeptPlaces, role: Role, nobody: ProcessId): readonly Deed[] {
  if (buckets.length === 0 && !hasAudit) return [];
  return [
    subscribing("hear what JetStream answers", `${storeInbox(role, nobody)}.1.*`),
    ...buckets.flatMap((bucket) => {
      const [stream, entry] = [`KV_drawbridge_${bucket}`, `$KV.drawbridge_${bucket}.doctor`];
      return [
        publishing(`make the bucket ${bucket}`, `$JS.API.STREAM.CREATE.${stream}`),
        publishing(`look at the bucket ${bucket}`, `$JS.API.STREAM.INFO.${stream}`),
        publishing(`read the bucket ${bucket}`, `$JS.API.STREAM.MSG.GET.${stream}`),
        publishing(`read any copy of the bucket ${bucket}`, `$JS.API.DIRECT.GET.${stream}.${entry}`),
        addingTo(`write to the bucket ${bucket}`, entry),
      ];
    }),
    ...(hasAudit
      ? [
          publishing("make the audit's stream", `$JS.API.STREAM.CREATE.${auditStreamName}`),
          publishing("look at the audit's stream", `$JS.API.STREAM.INFO.${auditStreamName}`),
          addingTo("add to the audit", auditSubject(role, undefined, undefined)),
        ]
      : []),
  ];
}

/** Tried without saying what about: allowed or not, nothing comes of it. */
export const notNeededOfAudit: readonly Deed[] = [
  publishing("read the audit", `$JS.API.STREAM.MSG.GET.${auditStreamName}`),
  publishing("remove records of the audit", `$JS.API.STREAM.MSG.DELETE.${auditStreamName}`),
  publishing("change the audit's stream", `$JS.API.STREAM.UPDATE.${auditStreamName}`),
];
