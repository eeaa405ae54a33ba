/**
 * The settings of the operators' status page.
 *
 * @module
 */

import { z } from "zod";
import { file, port, serverTls } from "./setting.ts";

export const statusSection = z
  .strictObject({
    host: z
      .string()
      .default("127.0.0.1")
      .describe("Address to listen on. One that others reach needs `tls`: the token travels there."),
    port: port(9401, "Port of the page and of `/status.json`; 0 takes a free one."),
    tls: serverTls().optional().describe("Serve HTTPS."),
    tokenFile: file("the operators' token, 32 characters or more."),
    tryLogins: z
      .boolean()
      .default(true)
      .describe("Whether operators may try a login there, and read why it ended as it did."),
  })
  .refine(({ host, tls }) => tls !== undefined || isLoopback(host), {
    path: ["tls"],
    message: "is needed where others than this machine can connect: the token would travel in clear",
  })
  .describe("The operators' page. Without it, there is none.");

export type StatusConfig = z.infer<typeof statusSection>;

function isLoopback(host: string): boolean {
  return /^127(\.\d{1,3}){3}$|^localhost$|^::1$/.test(host);
}
