/**
 * Logins with client certificates as the settings describe them.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { CertificatesConfig } from "../config/certificate-schema.ts";
import { ConfigError } from "../config/load.ts";
import type { CertificateFiles } from "../config/secrets.ts";
import type { CertificateAttempt, ConnectionName } from "../login/attempt.ts";
import type { Directory, Verifier } from "../login/ports.ts";
import type { Events } from "../telemetry/events.ts";
import { createCertificateVerifier } from "../verifiers/certificate/certificate-verifier.ts";
import { openListFiles } from "../verifiers/certificate/revocation/list-files.ts";
import { createRevocationCheck } from "../verifiers/certificate/revocation/revocation.ts";
import type { CheckRevocation } from "../verifiers/certificate/revocation/revocation.ts";
import { openAuthorities } from "./renewed-authorities.ts";
import { tellCertificate } from "./tell-certificates.ts";

/** Where they stand in the settings. */
interface ConfiguredCertificates {
  readonly connection: ConnectionName;
  readonly settings: CertificatesConfig;
  /** As they were read at the start. */
  readonly files: CertificateFiles;
}

/** @throws {ConfigError} for an authority or a list that cannot be read; never because a responder is down. */
export async function openCertificateVerifier(
  { connection, settings, files }: ConfiguredCertificates,
  directory: Pick<Directory, "findAccountBy" | "judge" | "readIdentity">,
  events: Events,
  resources: AsyncDisposableStack,
): Promise<Verifier<CertificateAttempt>> {
  const path = `connector.connections.${connection}.certificates`;
  const authorities = resources.use(
    orConfigError(path, () =>
      openAuthorities({
        path,
        settings,
        files,
        onChange({ ca }) {
          events.secretsRenewed({ connection });
          tellCertificate(events, "client_authorities", ca, connection);
        },
        onProblem: (problem) =>
          events.secretUnusable({ connection, setting: problem.path, why: problem.message }),
      }),
    ),
  );
  tellCertificate(events, "client_authorities", files.ca, connection);
  const { check, whenUnknown, crlFiles, hosts, nonceRequired, timeout } = settings.revocation;
  const observe = (event: Omit<Parameters<Events["revocationAsked"]>[0], "connection">): void =>
    events.revocationAsked({ connection, ...event });
  const lists = resources.use(
    await openListFiles(crlFiles, observe).catch((error: unknown) =>
      orConfigError(`${path}.revocation.crlFiles`, (): never => {
        throw error;
      }),
    ),
  );
  const checkRevocation = createRevocationCheck({
    files: lists,
    limits: { hosts: new Set(hosts), timeoutMs: timeout },
    nonceRequired,
    randomBytes,
    wallClock: Date.now,
    observe,
  });
  return createCertificateVerifier(
    { directory, checkRevocation: check ? checkRevocation : neverRevoked, wallClock: Date.now },
    {
      get anchors() {
        return authorities.anchors;
      },
      get intermediates() {
        return authorities.intermediates;
      },
      purposes: new Set(settings.purposes),
      policies: new Set(settings.policies),
      mapping: { order: settings.mapping, subjectPatterns: settings.subjectPatterns },
      whenUnknown,
    },
  );
}

/** Where the settings say that nobody is to be asked. */
const neverRevoked: CheckRevocation = () => Promise.resolve("good");

function orConfigError<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new ConfigError([{ path, message: error instanceof Error ? error.message : "cannot be used" }]);
  }
}
