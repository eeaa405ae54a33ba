/**
 * The settings of traces.
 *
 * @module
 */

import { z } from "zod";
import { duration, file } from "./setting.ts";

export const tracesSection = z
  .strictObject({
    endpoint: z
      .string()
      .refine(
        isEndpoint,
        "expected http:// or https:// and where spans are taken, without a user or a fragment",
      )
      .describe(
        "Where spans are sent: OTLP over HTTP, in JSON, as in `https://collector.example.com:4318/v1/traces`.",
      ),
    caFile: file(
      "PEM of the CA that signed the collector's certificate; without it the system's.",
    ).optional(),
    headers: z
      .array(
        z.strictObject({
          name: z
            .string()
            .regex(/^[A-Za-z0-9-]{1,64}$/, "expected the name of a header")
            .describe("Such as `Authorization`."),
          valueFile: file("what it says."),
        }),
      )
      .max(16)
      .default([])
      .describe(
        "Sent with every request, each with a `name` and a `valueFile`: for collectors that want to know who it is.",
      ),
    ratio: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe(
        "Gateway: of the requests whose trace nobody began before, so many are traced. What a gateway traces, its connectors do.",
      ),
    acceptParentFrom: z
      .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
      .max(64)
      .default([])
      .describe(
        "Gateway: addresses or networks whose `traceparent` is believed. It is the address that connects: where that is a proxy's, it must " +
          "not pass on what strangers send.",
      ),
    waitingMax: z
      .int()
      .min(64)
      .max(100_000)
      .default(4_096)
      .describe(
        "Spans that wait for the collector, a kilobyte each; what comes beyond is dropped and counted.",
      ),
    timeout: duration("5s", 100, 60_000, "For one request to the collector."),
  })
  .describe("One trace for each login, over gateway and connector. Without this section there are none.");

export type TracesConfig = z.infer<typeof tracesSection>;

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return (protocol === "https:" || protocol === "http:") && `${username}${password}${hash}` === "";
}
