/**
 * Everything that the story needs, really running: a domain controller, NATS, three connector replicas, a gateway.
 *
 * @module
 */

import { startLoginSystem } from "../test/support/login-system.ts";
import type { LoginSystem } from "../test/support/login-system.ts";
import { ensurePackages } from "../test/support/packages.ts";
import { example } from "../test/support/samba-config.ts";
import { ensureSambaSnapshot } from "../test/support/samba-snapshot.ts";
import { startSamba } from "../test/support/samba.ts";
import type { Samba } from "../test/support/samba.ts";
import type { Narrator } from "./narrator.ts";

export interface Stage {
  readonly directory: Samba;
  readonly system: LoginSystem;
}

/** @param cleanup  Owns what runs. */
export async function setStage(cleanup: AsyncDisposableStack, narrator: Narrator): Promise<Stage> {
  await narrator.step("Looking for the Debian packages of the servers", () => ensurePackages(narrator.say));
  await narrator.step("Looking for the Active Directory domain EXAMPLE.TEST", () =>
    ensureSambaSnapshot(example, narrator.say),
  );
  const directory = await narrator.step("Starting its domain controller, a Samba server", async () =>
    cleanup.use(await startSamba()),
  );
  const system = await narrator.step("Starting NATS, three connector replicas and a gateway", async () =>
    cleanup.use(await startLoginSystem({ directory, disclosure: "state" })),
  );
  return { directory, system };
}
