/**
 * What a connector needs from files to use a directory: passwords of service accounts, whom it believes, who it is.
 *
 * These are read again while the connector runs, so that they can be changed without a restart.
 *
 * @module
 */

import type { Secret } from "../login/secret.ts";
import type { DirectoryConfig } from "./directory-schema.ts";
import type { SettingFiles } from "./setting-files.ts";

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
