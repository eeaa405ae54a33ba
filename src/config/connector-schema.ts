/**
 * The settings of `drawbridge connector`.
 *
 * @module
 */

import { z } from "zod";
import { certificatesSection } from "./certificate-schema.ts";
import { directorySection } from "./directory-schema.ts";
import { connections, duration, file } from "./setting.ts";

export const connectorSection = z.strictObject({
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
    }),
    "The directories that this connector serves, by connection name.",
  ),
});

export type ConnectorConfig = z.infer<typeof connectorSection>;
