/**
 * The settings of `drawbridge connector`.
 *
 * @module
 */

import { z } from "zod";
import { certificatesSection } from "./certificate-schema.ts";
import { directorySection } from "./directory-schema.ts";
import { kerberosSection, strayRealms } from "./kerberos-schema.ts";
import { connections, duration, file } from "./setting.ts";
import { stateSection } from "./state-schema.ts";

const section = z.strictObject({
  inFlightMax: z
    .int()
    .min(1)
    .max(4_096)
    .default(64)
    .describe("Logins that one replica works on at once for each connection; beyond, it says busy."),
  drainTimeout: duration("15s", 1_000, 300_000, "After SIGTERM, for what was granted to finish."),
  connections: connections(
    z.strictObject({
      identityKeyFile: file("Ed25519 private key of this connection's connectors (PKCS#8 PEM)."),
      gatewayKeyFiles: z
        .array(file("Ed25519 public keys of a gateway (SPKI PEM), one or several."))
        .min(1)
        .max(32)
        .describe("The gateways that are believed."),
      directory: directorySection.describe("Where people of this connection are."),
      certificates: certificatesSection
        .optional()
        .describe("Logins with client certificates. Without it, nobody logs in with one."),
      kerberos: kerberosSection,
    }),
    "The directories that this connector serves, by connection name.",
  ),
  state: stateSection,
});

export const connectorSection = section.superRefine((connector, context) => {
  for (const [name, { kerberos, directory }] of Object.entries(connector.connections)) {
    if (kerberos === undefined) continue;
    const path = ["connections", name, "kerberos"];
    for (const realm of strayRealms(kerberos, directory)) {
      context.addIssue({
        code: "custom",
        path: [...path, "realms", realm],
        message: "is none of the directory's domains: its DNS name, or its NetBIOS name in `domain`",
      });
    }
    if (connector.state.keyFiles.length === 0 && kerberos.replays.whenUnknown === "refuse") {
      context.addIssue({
        code: "custom",
        path: ["state", "keyFiles"],
        message:
          "is needed with kerberos: replicas tell each other through it which tickets were used. Without it, kerberos.replays.whenUnknown must be accept",
      });
    }
  }
});

export type ConnectorConfig = z.infer<typeof connectorSection>;
