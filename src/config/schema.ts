/**
 * Every setting of both programs: its meaning, unit, default and bounds. The reference in `docs/reference/configuration.md` is
 * generated from here.
 *
 * @module
 */

import { isIP } from "node:net";
import { z } from "zod";
import { auditSection } from "./audit-schema.ts";
import { connectorSection } from "./connector-schema.ts";
import { gatewaySection } from "./gateway-schema.ts";
import { file, port } from "./setting.ts";
import { tracesSection } from "./traces-schema.ts";

const natsServer = z.string().refine(isSafeNatsUrl, {
  message:
    "expected tls://host:port with a host name, because that is what the certificate is checked against; " +
    "nats:// only to a loopback address, because it is not encrypted",
});

const natsSection = z
  .strictObject({
    servers: z
      .array(natsServer)
      .min(1)
      .max(32)
      .describe("Every node of the NATS cluster, as `tls://host:port`."),
    caFile: file(
      "PEM of the CA that signed the NATS servers' certificates; without it the system's.",
    ).optional(),
    nkeyFile: file("NKey seed of this program's NATS user.").optional(),
  })
  .describe("The bus.");

export const configSchema = z.strictObject({
  log: z
    .strictObject({
      level: z
        .enum(["debug", "info", "warn", "error"])
        .default("info")
        .describe("Least important level that is written."),
    })
    .prefault({})
    .describe("JSON lines on standard output."),
  ops: z
    .strictObject({
      host: z.string().default("0.0.0.0").describe("Address to listen on."),
      port: port(9400, "Port of `/metrics`, `/healthz` and `/readyz`; 0 takes a free one."),
    })
    .prefault({})
    .describe("The operators' port."),
  nats: natsSection,
  audit: auditSection,
  traces: tracesSection.exactOptional(),
  connector: connectorSection.optional().describe("Settings of `drawbridge connector`."),
  gateway: gatewaySection.optional().describe("Settings of `drawbridge gateway`."),
});

export type Config = z.infer<typeof configSchema>;

function isSafeNatsUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username } = new URL(text);
  if (username !== "" || hostname === "") return false;
  const isLoopback = /^(127\.[\d.]+|localhost|\[::1\])$/.test(hostname);
  // The client checks the certificate of a server named by address against `localhost`.
  const isAddress = hostname.startsWith("[") || isIP(hostname) !== 0;
  return isLoopback ? protocol === "tls:" || protocol === "nats:" : protocol === "tls:" && !isAddress;
}
