/**
 * What a connector needs from files to use a directory: passwords of service accounts, whom it believes, who it is.
 *
 * These are read again while the connector runs, so that they can be changed without a restart.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Secret } from "../login/secret.ts";
import type { DirectoryConfig } from "./directory-schema.ts";
import type { ConfigProblem } from "./load.ts";
import { SettingFiles } from "./setting-files.ts";

export interface DirectorySecrets {
  readonly trust: DirectoryTrust;
  readonly servicePassword: Secret;
  /** As `otherDomains` are; undefined where a domain has no service account of its own. */
  readonly otherServicePasswords: readonly (Secret | undefined)[];
}

/** PEM. */
export interface DirectoryTrust {
  readonly ca?: string;
  readonly clientCertificate?: { readonly certificate: string; readonly key: Secret };
}

export function readDirectorySecrets(
  path: string,
  settings: DirectoryConfig,
  files: SettingFiles,
): DirectorySecrets {
  const { caFile, clientCertificate, serviceAccount, otherDomains } = settings;
  const passwordOf = (place: string, { passwordFile }: typeof serviceAccount): Secret =>
    files.secret(`${place}.serviceAccount.passwordFile`, passwordFile);
  return {
    trust: {
      ...(caFile === undefined ? {} : { ca: files.text(`${path}.caFile`, caFile) }),
      ...(clientCertificate === undefined
        ? {}
        : {
            clientCertificate: {
              certificate: files.text(`${path}.clientCertificate.certFile`, clientCertificate.certFile),
              key: files.secret(`${path}.clientCertificate.keyFile`, clientCertificate.keyFile),
            },
          }),
    },
    servicePassword: passwordOf(path, serviceAccount),
    otherServicePasswords: otherDomains.map((domain, index) =>
      domain.serviceAccount === undefined
        ? undefined
        : passwordOf(`${path}.otherDomains.${index}`, domain.serviceAccount),
    ),
  };
}

export interface WatchOptions {
  /** Where the settings stand, for problems. */
  readonly path: string;
  readonly settings: DirectoryConfig;
  /** As they were read at the start. */
  readonly secrets: DirectorySecrets;
  readonly onChange: (secrets: DirectorySecrets) => void;
  /** Called for files that are of no use, once for each way in which they are; what was read before goes on serving. */
  readonly onProblem: (problem: ConfigProblem) => void;
}

/** Kubernetes brings a changed secret within a minute; a file system's own notices do not come through its links. */
const intervalMs = 2_000;

/** Reads the files again and again, and tells when what is in them has changed. */
export function watchDirectorySecrets(options: WatchOptions): Disposable {
  const { path, settings, onChange, onProblem } = options;
  let known = fingerprintOf(options.secrets);
  let texts: ReadonlyMap<string, string> = new Map();
  let told: readonly string[] = [];
  const look = (): void => {
    const files = new SettingFiles(texts);
    const secrets = readDirectorySecrets(path, settings, files);
    const problems = files.problems.map((problem) => `${problem.path} ${problem.message}`);
    for (const [index, problem] of files.problems.entries()) {
      if (!told.includes(problems[index] ?? "")) onProblem(problem);
    }
    told = problems;
    // At the very start there may be nothing to put in the place of what cannot be read.
    if (files.problems.some((problem) => !files.texts.has(problem.path))) return;
    texts = files.texts;
    const fingerprint = fingerprintOf(secrets);
    if (fingerprint === known) return;
    known = fingerprint;
    onChange(secrets);
  };
  look();
  const timer = setInterval(look, intervalMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function fingerprintOf({ trust, servicePassword, otherServicePasswords }: DirectorySecrets): string {
  const { ca, clientCertificate } = trust;
  const all = [
    ca,
    clientCertificate?.certificate,
    clientCertificate?.key.reveal(),
    servicePassword.reveal(),
    ...otherServicePasswords.map((password) => password?.reveal()),
  ];
  return createHash("sha256").update(JSON.stringify(all)).digest("base64");
}
