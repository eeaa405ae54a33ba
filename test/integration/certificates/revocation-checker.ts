/**
 * The check for revoked certificates in front of servers of the test's choice.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Deadline } from "../../../src/login/deadline.ts";
import { decodeCertificate } from "../../../src/verifiers/certificate/certificate.ts";
import { openListFiles } from "../../../src/verifiers/certificate/revocation/list-files.ts";
import { createRevocationCheck } from "../../../src/verifiers/certificate/revocation/revocation.ts";
import type { RevocationDeps } from "../../../src/verifiers/certificate/revocation/revocation.ts";
import type { RevocationEvent } from "../../../src/verifiers/certificate/revocation/revocation-event.ts";
import { responderPort } from "../../support/certificate-authority.ts";
import type { IssuedCertificate } from "../../support/certificate-authority.ts";
import { findFreeAddress } from "../../support/loopback.ts";

export interface Checker extends Disposable {
  readonly events: readonly RevocationEvent[];
  /** What was said of each place, in order. */
  readonly results: readonly string[];
  status(certificate: IssuedCertificate): Promise<string>;
}

export interface CheckerOptions extends Partial<RevocationDeps> {
  readonly hosts?: readonly string[];
  readonly listFiles?: readonly string[];
}

/** Of certificates of this authority. */
export async function createChecker(
  authority: IssuedCertificate,
  { hosts = ["*"], listFiles = [], ...deps }: CheckerOptions = {},
): Promise<Checker> {
  const events: RevocationEvent[] = [];
  const observe = (event: RevocationEvent): void => void events.push(event);
  const files = await openListFiles(listFiles, observe);
  const check = createRevocationCheck({
    files,
    limits: { hosts: new Set(hosts), timeoutMs: 5_000 },
    nonceRequired: false,
    randomBytes,
    wallClock: Date.now,
    observe,
    ...deps,
  });
  return {
    events,
    get results() {
      return events.map(({ source, result }) => `${source} ${result}`);
    },
    status: ({ der }) =>
      check([decodeCertificate(der), decodeCertificate(authority.der)], Deadline.after(8_000)),
    [Symbol.dispose]: () => files[Symbol.dispose](),
  };
}

export interface Stub extends AsyncDisposable {
  readonly host: string;
  readonly url: string;
  readonly requests: number;
}

/** A server that answers as the test says. */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Stub> {
  const address = await findFreeAddress([responderPort]);
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    answer(request, response);
  });
  server.listen(responderPort, address);
  await once(server, "listening");
  const host = `${address}:${responderPort}`;
  return {
    host,
    url: `http://${host}/`,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
