/**
 * The settings of logins with client certificates, on both sides.
 *
 * @module
 */

import { isIP } from "node:net";
import { z } from "zod";
import { always, duration, file, port, serverTls } from "./setting.ts";

const oid = z
  .string()
  .regex(/^[0-2](\.\d{1,16}){1,32}$/, "expected an object identifier such as 1.3.6.1.4.1.311.21.8");
const host = z
  .string()
  .regex(
    /^(\*|(\[[0-9a-f:]+\]|[a-z0-9._-]+)(:\d{1,5})?)$/,
    "expected a host or host:port in lower case, or `*` for every host",
  );

const revocation = z
  .strictObject({
    check: z
      .boolean()
      .default(true)
      .describe("Ask whether a certificate, or an authority above it, has been revoked."),
    whenUnknown: z
      .enum(["unavailable", "accept"])
      .default("unavailable")
      .describe(
        "Where nobody can say, because a responder is down or a certificate names none. `accept` lets revoked people in whenever a responder can be kept from answering.",
      ),
    crlFiles: z
      .array(file("a list of revoked certificates (PEM or DER), read again when it changes."))
      .max(64)
      .default([])
      .describe("Asked first."),
    hosts: z
      .array(host)
      .max(64)
      .default([])
      .describe(
        "Where responders (OCSP) and lists (CRL) that certificates name may be asked, over HTTP. None by default; `*` is every host that a certificate may name.",
      ),
    nonceRequired: z
      .boolean()
      .default(false)
      .describe("Refuse a responder's answer that was not made for this very question."),
    timeout: duration("2s", 50, 30_000, "For one question to a responder, or one list."),
  })
  .prefault({})
  .describe("Who is no longer who they were.");

export const certificatesSection = z
  .strictObject({
    caFile: file("PEM of the authorities whose certificates log in."),
    intermediatesFile: file(
      "PEM of authorities between those and people's certificates, for certificates that come without.",
    ).optional(),
    purposes: z
      .array(z.enum(["client_authentication", "smart_card_logon"]))
      .min(1)
      .max(2)
      .default(["client_authentication", "smart_card_logon"])
      .describe("A certificate must be made for one of them (extended key usage)."),
    policies: z
      .array(oid)
      .max(64)
      .default([])
      .describe("A certificate must stand under one of these policies; any will do where none is listed."),
    mapping: z
      .array(z.enum(["sid", "security_identity", "certificate", "principal", "mail", "subject"]))
      .min(1)
      .max(6)
      .default(["sid", "security_identity", "certificate", "principal"])
      .describe(
        "What in a certificate names an account, tried in this order: Microsoft's SID extension (where a certificate has it, it decides alone); " +
          "`altSecurityIdentities` by issuer and serial number, key identifier or hash; the same certificate in `userCertificate`; the principal name; " +
          "the mail address; `subjectPatterns`.",
      ),
    subjectPatterns: z
      .array(
        z
          .string()
          .max(1_024)
          .regex(/^[^{}]*\{name\}[^{}]*$/, "expected `{name}` once, as in `CN={name},OU=Staff,O=Example`"),
      )
      .max(16)
      .default([])
      .describe(
        "Whole subjects, most specific part first, with `{name}` where the account's own name stands.",
      ),
    revocation,
  })
  .refine(({ mapping, subjectPatterns }) => !mapping.includes("subject") || subjectPatterns.length > 0, {
    path: ["subjectPatterns"],
    message: "mapping has `subject`, which needs a pattern",
    ...always,
  });

export type CertificatesConfig = z.infer<typeof certificatesSection>;

export const clientCertificatesSection = z
  .strictObject({
    listener: z
      .strictObject({
        host: z.string().default("0.0.0.0").describe("Address to listen on."),
        port: port(8443, "Port on which whoever connects is asked for a certificate; 0 takes a free one."),
        tls: serverTls().describe("HTTPS, ended here: nothing may stand in front that ends it."),
      })
      .optional()
      .describe("A port of its own, with the whole API: on any other, browsers would ask everybody."),
    trustedProxies: z
      .array(z.string().refine(isNetwork, "expected an IP address, or a network such as 10.0.0.0/8"))
      .max(64)
      .default([])
      .describe(
        "Addresses or networks of proxies that end TLS themselves and say in `Client-Cert` (RFC 9440) what they saw. They must take that header out of what they are sent.",
      ),
    page: z
      .strictObject({
        url: z
          .string()
          .refine(isSecureOrigin, "expected https://host or https://host:port")
          .describe(
            "Where browsers reach the `listener`, or the proxy that asks for certificates: another host or port than the issuer's.",
          ),
        connections: z
          .array(z.string())
          .min(1)
          .max(256)
          .optional()
          .describe("Whose people it is offered to; without it, everybody's."),
      })
      .optional()
      .describe("Offer certificates and smart cards on the login page."),
  })
  .refine(
    ({ listener, trustedProxies, page }) =>
      page === undefined || listener !== undefined || trustedProxies.length > 0,
    {
      path: ["page"],
      message: "nobody would see a certificate: it needs a listener, or a proxy in trustedProxies",
    },
  );

function isSecureOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === "https:" && url.origin === text;
}

function isNetwork(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const version = isIP(address);
  const most = version === 6 ? 128 : 32;
  const isPrefix = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
  return version !== 0 && isPrefix && rest.length === 0;
}
