/**
 * Authorities come and go while a connector runs.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { openCertificateVerifier } from "../../../src/cli/open-certificate-verifier.ts";
import { certificatesSection } from "../../../src/config/certificate-schema.ts";
import { ConfigError } from "../../../src/config/load.ts";
import { createAttemptId } from "../../../src/login/attempt.ts";
import { Deadline } from "../../../src/login/deadline.ts";
import { createCertificateAuthority } from "../../support/certificate-authority.ts";
import type { IssuedCertificate } from "../../support/certificate-authority.ts";
import { connectionName } from "../../support/memory-system.ts";
import { recordEvents } from "../../support/recorded-events.ts";
import { createScratch } from "../../support/scratch.ts";
import { reasonOf } from "../directory/opened-directory.ts";

const connection = connectionName("corp");

test("a renewed authority is believed, one that was taken out is not, and rubbish changes nothing", async () => {
  await using scratch = await createScratch("authorities");
  await using resources = new AsyncDisposableStack();
  const [before, afterwards] = await Promise.all(
    ["Before", "Afterwards"].map(async (name) =>
      createCertificateAuthority(await mkdtemp(join(scratch.folder, "authority-")), {
        subject: `/CN=${name}`,
      }),
    ),
  );
  assert.ok(before !== undefined && afterwards !== undefined);
  const caFile = await scratch.write("ca.pem", before.pem);
  const { events, seen } = recordEvents();
  const verifier = await openCertificateVerifier(
    {
      connection,
      settings: certificatesSection.parse({ caFile, revocation: { check: false } }),
      files: { ca: before.pem.trimEnd() },
    },
    {
      findAccountBy: () => Promise.resolve({ kind: "none" }),
      judge: () => assert.fail("nobody is found"),
      readIdentity: () => assert.fail("nobody is found"),
    },
    events,
    resources,
  );
  const [old, renewed] = await Promise.all(
    [before, afterwards].map((authority) => authority.issue({ subject: "/CN=Ada" })),
  );
  assert.ok(old !== undefined && renewed !== undefined);
  const judge = async ({ der }: IssuedCertificate): Promise<string> =>
    reasonOf(
      await verifier.verify(
        {
          id: createAttemptId(randomBytes),
          connection,
          method: "certificate",
          certificate: der,
          chain: [],
          proof: { by: "gateway" },
        },
        {
          deadline: Deadline.after(2_000),
          report: () => undefined,
          aside: (work) => work,
          permitBind: () => assert.fail("there is no password to bind with"),
          mayBind: false,
        },
      ),
    );
  const told = (): readonly string[] =>
    seen.map(({ name }) => name).filter((name) => name.startsWith("secret"));
  const change = async (content: string): Promise<void> => {
    const earlier = told().length;
    await writeFile(caFile, content);
    while (told().length === earlier) await sleep(10);
  };

  assert.deepEqual([await judge(old), await judge(renewed)], ["unknown_account", "certificate_untrusted"]);
  await change("rubbish");
  assert.deepEqual([await judge(old), await judge(renewed)], ["unknown_account", "certificate_untrusted"]);
  await change(before.pem + afterwards.pem);
  assert.deepEqual([await judge(old), await judge(renewed)], ["unknown_account", "unknown_account"]);
  await change(afterwards.pem);
  assert.deepEqual([await judge(old), await judge(renewed)], ["certificate_untrusted", "unknown_account"]);
  assert.deepEqual(told(), ["secretUnusable", "secretsRenewed", "secretsRenewed"]);
});

test("authorities that cannot be read stop the start", async () => {
  await using resources = new AsyncDisposableStack();
  const settings = certificatesSection.parse({ caFile: "ca.pem" });
  const directory = {
    findAccountBy: () => assert.fail("nobody asks"),
    judge: () => assert.fail("nobody asks"),
    readIdentity: () => assert.fail("nobody asks"),
  };
  const start = (files: { ca: string; intermediates?: string }) =>
    openCertificateVerifier({ connection, settings, files }, directory, recordEvents().events, resources);
  await assert.rejects(start({ ca: "rubbish" }), ConfigError);
});
