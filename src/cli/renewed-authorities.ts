/**
 * The authorities whose certificates log in, read again when their files change.
 *
 * @module
 */

import type { CertificatesConfig } from "../config/certificate-schema.ts";
import type { ConfigProblem } from "../config/load.ts";
import { readCertificates } from "../config/secrets.ts";
import type { CertificateFiles } from "../config/secrets.ts";
import { SettingFiles } from "../config/setting-files.ts";
import type { Certificate } from "../verifiers/certificate/certificate.ts";
import { certificatesIn } from "../verifiers/certificate/pem.ts";

export interface Authorities {
  readonly anchors: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
}

export interface RenewedAuthorities extends Authorities, Disposable {}

export interface RenewOptions {
  /** Where the settings stand, for problems. */
  readonly path: string;
  readonly settings: CertificatesConfig;
  /** As they were read at the start. */
  readonly files: CertificateFiles;
  readonly onChange: (files: CertificateFiles) => void;
  /** Called for files that are of no use, once for each way in which they are; what was read before goes on serving. */
  readonly onProblem: (problem: ConfigProblem) => void;
}

/** As other secrets of the connector are looked at. */
const intervalMs = 2_000;

/** @throws {Error} for what cannot be read at the start. */
export function openAuthorities({
  path,
  settings,
  files,
  onChange,
  onProblem,
}: RenewOptions): RenewedAuthorities {
  let current = authoritiesIn(files);
  let seen = JSON.stringify(files);
  const look = (): void => {
    const reading = new SettingFiles();
    const read = readCertificates(path, settings, reading);
    const [problem] = reading.problems;
    const state = JSON.stringify(problem ?? read);
    if (state === seen) return;
    seen = state;
    if (problem !== undefined) return onProblem(problem);
    try {
      current = authoritiesIn(read);
      onChange(read);
    } catch (error) {
      onProblem({ path, message: error instanceof Error ? error.message : "cannot be used" });
    }
  };
  const timer = setInterval(look, intervalMs);
  return {
    get anchors() {
      return current.anchors;
    },
    get intermediates() {
      return current.intermediates;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

function authoritiesIn({ ca, intermediates }: CertificateFiles): Authorities {
  return {
    anchors: certificatesIn(ca),
    intermediates: intermediates === undefined ? [] : certificatesIn(intermediates),
  };
}
