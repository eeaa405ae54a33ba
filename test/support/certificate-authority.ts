/**
 * Certification authorities that issue what they are told, right or wrong, by OpenSSL: for people's certificates, lists of revoked ones,
 * and responders.
 *
 * @module
 */

import { once } from "node:events";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { runCommand } from "./run-command.ts";
import { daySeconds, shiftedClock } from "./shifted-clock.ts";

export interface IssuedCertificate {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly pem: string;
  readonly der: Buffer;
}

export interface CertificateOptions {
  /** As OpenSSL's command takes it. */
  readonly subject: string;
  /** Lines of an extension section; with further sections after them. */
  readonly extensions?: readonly string[];
  /** `ec` (P-256) unless told. */
  readonly key?: "ec" | "rsa:1024" | "rsa:2048" | "ed25519";
  /** `sha256` unless told. */
  readonly digest?: "sha256" | "sha1";
  readonly signatureOptions?: readonly string[];
  /** 1 unless told; negative begins in the future. */
  readonly beganDaysAgo?: number;
  /** 3 unless told. */
  readonly days?: number;
}

export interface CertificateAuthority extends IssuedCertificate {
  issue(options: CertificateOptions): Promise<IssuedCertificate>;
  /** One below this one, which may issue unless the extensions say otherwise. */
  authority(options: CertificateOptions): Promise<CertificateAuthority>;
  /** In the next list, and known to responders at once. */
  revoke(certificate: IssuedCertificate): Promise<void>;
  /** A list of who is revoked now. @returns its file, PEM. */
  list(options?: ListOptions): Promise<string>;
  /** On this address, port {@link responderPort}. */
  startResponder(address: string, options?: ResponderOptions): Promise<Responder>;
}

export interface Responder extends AsyncDisposable {
  readonly url: string;
  /** With its port. */
  readonly host: string;
  /** That it was asked. */
  readonly questions: number;
}

export interface ListOptions {
  /** Instead of now. */
  readonly madeDaysAgo?: number;
  /** Lines of its extension section. */
  readonly extensions?: readonly string[];
}

export interface ResponderOptions {
  /** This authority unless told. */
  readonly signer?: IssuedCertificate;
  /** Before each answer. */
  readonly delayMs?: number;
  /** Of `openssl ocsp`, instead of an answer that holds for an hour. */
  readonly arguments?: readonly string[];
}

/** What a person's certificate has unless told otherwise. */
export const personExtensions = [
  "basicConstraints = critical, CA:FALSE",
  "keyUsage = critical, digitalSignature",
  "extendedKeyUsage = clientAuth",
] as const;

export const authorityExtensions = [
  "basicConstraints = critical, CA:TRUE",
  "keyUsage = critical, keyCertSign, cRLSign",
  "subjectKeyIdentifier = hash",
  "authorityKeyIdentifier = keyid",
] as const;

export const responderPort = 8_888;

/** Lines of an extension section for Microsoft's SID extension. */
export function sidExtension(sid: string): readonly string[] {
  return [
    "1.3.6.1.4.1.311.25.2 = ASN1:SEQUENCE:sid_names",
    "[sid_names]",
    "name = IMPLICIT:0,SEQUENCE:sid_name",
    "[sid_name]",
    "type = OID:1.3.6.1.4.1.311.25.2.1",
    `value = EXPLICIT:0,OCTETSTRING:${sid}`,
  ];
}

export function principalExtension(...names: readonly string[]): string {
  const all = names.map((name) => `otherName:1.3.6.1.4.1.311.20.2.3;UTF8:${name}`);
  return `subjectAltName = ${all.join(",")}`;
}

const timeoutMs = 10_000;

/** Files, private keys too, lie in `folder`; whoever owns the folder removes it. */
export async function createCertificateAuthority(
  folder: string,
  ofRoot: CertificateOptions = { subject: "/DC=test/DC=example/CN=Example Root CA" },
): Promise<CertificateAuthority> {
  let serials = 0x4a_00_00_01;
  return makeAuthority(ofRoot);

  async function makeAuthority(
    wanted: CertificateOptions,
    issuer?: IssuedCertificate,
  ): Promise<CertificateAuthority> {
    const extensions = wanted.extensions ?? authorityExtensions;
    const own = await issue({ days: 30, beganDaysAgo: 5, ...wanted, extensions }, issuer);
    const index = `${own.certificateFile}.index`;
    const lines: { readonly certificate: IssuedCertificate; readonly serial: string; revoked: boolean }[] =
      [];
    const writeIndex = (): Promise<void> =>
      writeFile(
        index,
        lines.map(
          ({ serial, revoked }) =>
            `${revoked ? "R" : "V"}\t991231235959Z\t${revoked ? "250101000000Z" : ""}\t${serial}\tunknown\t/CN=${serial}\n`,
        ),
      );
    const keep = async (certificate: IssuedCertificate): Promise<IssuedCertificate> => {
      const printed = await openssl(["x509", "-in", certificate.certificateFile, "-noout", "-serial"]);
      lines.push({ certificate, serial: printed.trim().replace("serial=", ""), revoked: false });
      await writeIndex();
      return certificate;
    };
    await writeIndex();
    return {
      ...own,
      issue: async (of) => keep(await issue({ extensions: personExtensions, ...of }, own)),
      async authority(of) {
        const made = await makeAuthority(of, own);
        await keep(made);
        return made;
      },
      async revoke(certificate) {
        const line = lines.find((one) => one.certificate.certificateFile === certificate.certificateFile);
        if (line === undefined) throw new Error("another authority's certificate");
        line.revoked = true;
        await writeIndex();
      },
      async list({ madeDaysAgo = 0, extensions: listExtensions = [] } = {}) {
        const file = `${own.certificateFile}.${(serials += 1)}.crl`;
        const config = await write(
          `${file}.cnf`,
          [
            "[ca]",
            "default_ca = own",
            "[own]",
            `database = ${index}`,
            "default_md = sha256",
            "default_crl_days = 2",
            "crlnumber = ",
            "[list]",
            "authorityKeyIdentifier = keyid",
            ...listExtensions,
          ].filter((line) => line !== "crlnumber = "),
        );
        const args = [
          "ca",
          "-gencrl",
          "-config",
          config,
          "-cert",
          own.certificateFile,
          "-keyfile",
          own.keyFile,
        ];
        await openssl([...args, "-crlexts", "list", "-out", file], madeDaysAgo);
        return file;
      },
      async startResponder(address, { signer = own, delayMs = 0, arguments: more = ["-nmin", "60"] } = {}) {
        const answer = async (question: string, file: string): Promise<void> => {
          await sleep(delayMs);
          await openssl([
            "ocsp",
            "-index",
            index,
            "-CA",
            own.certificateFile,
            "-rsigner",
            signer.certificateFile,
            "-rkey",
            signer.keyFile,
            "-reqin",
            question,
            "-respout",
            file,
            ...more,
          ]);
        };
        return startResponder(address, await mkdtemp(join(folder, "responder-")), answer);
      },
    };
  }

  async function issue(options: CertificateOptions, issuer?: IssuedCertificate): Promise<IssuedCertificate> {
    serials += 1;
    const name = join(folder, `certificate-${serials.toString(16)}`);
    const [certificateFile, keyFile] = [`${name}.pem`, `${name}.key`];
    const { subject, extensions = [], key = "ec", digest = "sha256", beganDaysAgo = 1, days = 3 } = options;
    const config = await write(`${name}.cnf`, [
      "[req]",
      "distinguished_name = name",
      "prompt = no",
      "string_mask = utf8only",
      "[name]",
      "CN = unused",
      "[own]",
      ...extensions,
    ]);
    const newKey = key === "ec" ? ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] : [key];
    await openssl(
      [
        "req",
        "-x509",
        "-config",
        config,
        "-extensions",
        "own",
        "-utf8",
        "-subj",
        subject,
        "-newkey",
        ...newKey,
        "-noenc",
        "-keyout",
        keyFile,
        "-out",
        certificateFile,
        "-days",
        String(days),
        `-${digest}`,
        "-set_serial",
        `0x${serials.toString(16)}`,
        ...(options.signatureOptions ?? []),
        ...(issuer === undefined ? [] : ["-CA", issuer.certificateFile, "-CAkey", issuer.keyFile]),
      ],
      beganDaysAgo,
    );
    const pem = await readFile(certificateFile, "utf8");
    const der = Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ""), "base64");
    return { certificateFile, keyFile, pem, der };
  }
}

async function write(file: string, lines: readonly string[]): Promise<string> {
  await writeFile(file, `${lines.join("\n")}\n`);
  return file;
}

function openssl(args: readonly string[], daysAgo = 0): Promise<string> {
  const env = daysAgo === 0 ? {} : shiftedClock(-daysAgo * daySeconds);
  return runCommand("openssl", args, { env, timeoutMs });
}

/** OpenSSL's own server listens on every address of the machine; so it answers single questions, and we listen on one. */
async function startResponder(
  address: string,
  folder: string,
  answer: (question: string, file: string) => Promise<void>,
): Promise<Responder> {
  let questions = 0;
  const server = createServer((request, response) => {
    questions += 1;
    const [question, file] = [join(folder, `${questions}.question`), join(folder, `${questions}.answer`)];
    void (async () => {
      await writeFile(question, await buffer(request));
      await answer(question, file);
      response.setHeader("content-type", "application/ocsp-response").end(await readFile(file));
    })().catch(() => response.writeHead(500).end());
  });
  server.listen(responderPort, address);
  await once(server, "listening");
  return {
    url: `http://${address}:${responderPort}/`,
    host: `${address}:${responderPort}`,
    get questions() {
      return questions;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
