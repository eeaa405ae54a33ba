/**
 * The settings of the audit.
 *
 * @module
 */

import { z } from "zod";
import { duration, file } from "./setting.ts";

const keyFile = file("32 bytes or more in base64, as `drawbridge keys` makes them.");
const dayMs = 86_400_000;
const mebibyte = 1_048_576;

export const auditSection = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .optional()
      .describe(
        "JSON lines are added to this file, which is made for its owner alone. Where it is moved away, the next record goes into a new one. " +
          "`/dev/stdout` puts them among the log.",
      ),
    names: z
      .enum(["plain", "pseudonym"])
      .default("plain")
      .describe(
        "`pseudonym`: in the place of names and ids of people stands a digest, by which whoever has `pseudonymKeyFile` finds a person's records.",
      ),
    pseudonymKeyFile: file(
      "the key of these digests, 32 bytes or more in base64; another one makes other pseudonyms.",
    ).optional(),
    addresses: z
      .enum(["full", "network"])
      .default("full")
      .describe("`network`: of addresses, the /24 (IPv4) or /64 (IPv6)."),
    stream: z
      .strictObject({
        keyFiles: z
          .array(keyFile)
          .max(8)
          .default([])
          .describe(
            "The first one seals what this program writes to the stream. Without one nothing goes there. Gateways and connectors have different ones.",
          ),
        maxAge: duration("90d", 3_600_000, 3_650 * dayMs, "Records older than this are gone."),
        bytesMax: z
          .int()
          .min(mebibyte)
          .max(1_048_576 * mebibyte)
          .default(512 * mebibyte)
          .describe("Size of the stream on each node; beyond it the oldest records go."),
        replicas: z
          .int()
          .min(1)
          .max(5)
          .exactOptional()
          .describe("NATS nodes that keep a copy. Without it three in a cluster, and one else."),
      })
      .prefault({})
      .describe(
        "On NATS, in the JetStream stream `drawbridge_audit`, sealed. The first program that comes makes it, by these settings; afterwards an operator changes it.",
      ),
    reader: z
      .strictObject({
        gatewayKeyFiles: z.array(keyFile).max(32).default([]).describe("Of gateways; earlier ones too."),
        connectorKeyFiles: z.array(keyFile).max(256).default([]).describe("Of connectors; earlier ones too."),
      })
      .prefault({})
      .describe(
        "For `drawbridge audit` and `drawbridge explain`: the keys of those whose records they are to read.",
      ),
  })
  .refine(({ names, pseudonymKeyFile }) => names === "plain" || pseudonymKeyFile !== undefined, {
    path: ["pseudonymKeyFile"],
    message: "pseudonyms need a key",
  })
  .prefault({})
  .describe("Who logged in, from where, and who changed what: one record each.");

export type AuditConfig = z.infer<typeof auditSection>;
