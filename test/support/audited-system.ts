/**
 * A login system whose programs write an audit, and somebody who may read it.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isWished } from "../../src/cli/audit/filter.ts";
import type { AuditWish } from "../../src/cli/audit/filter.ts";
import { openStoredAudit } from "../../src/cli/audit/open-stored-audit.ts";
import { AuditUnreadableError } from "../../src/cli/audit/stored-audit.ts";
import { parseRecord } from "../../src/cli/explain/read-records.ts";
import { loadConfig } from "../../src/config/load.ts";
import { readSecrets } from "../../src/config/secrets.ts";
import type { GatewayOptions } from "./drawbridge.ts";
import type { LabDirectory } from "./lab-directory.ts";
import { startLoginSystem } from "./login-system.ts";
import type { LoginSystem } from "./login-system.ts";
import { runCli } from "./run-cli.ts";
import type { CliResult } from "./run-cli.ts";
import { createScratch } from "./scratch.ts";

export type AuditRecord = Readonly<Record<string, unknown>>;

export interface AuditedSystem extends AsyncDisposable {
  readonly system: LoginSystem;
  /** Settings of a reader. */
  readonly readerConfig: string;
  /** Base64 keys, by which each program seals. */
  readonly keys: Readonly<Record<"connector" | "gateway", string>>;
  /** The gateway's own file, as it stands. */
  fileText(): Promise<string>;
  /** `drawbridge audit` with the reader's settings. */
  audit(...args: readonly string[]): Promise<CliResult>;
  /** The records in the stream that are wished for; waits until as many are there. */
  records(atLeast: number, wish?: Partial<AuditWish>): Promise<readonly AuditRecord[]>;
}

export interface AuditedSystemOptions {
  readonly directory: LabDirectory;
  readonly replicas?: number;
  /** True unless told. */
  readonly jetStream?: boolean;
  readonly capture?: boolean;
  /** Beside the stream. */
  readonly audit?: object;
  readonly gatewayOptions?: Partial<GatewayOptions>;
}

const waitMs = 30_000;
const pollMs = 20;

export async function startAuditedSystem(options: AuditedSystemOptions): Promise<AuditedSystem> {
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await createScratch("audited"));
  const newKey = (): string => randomBytes(32).toString("base64");
  const keys = { connector: newKey(), gateway: newKey() };
  const connectorKey = await scratch.write("connector-audit.key", keys.connector);
  const gatewayKey = await scratch.write("gateway-audit.key", keys.gateway);
  const pseudonymKeyFile = await scratch.write("audit-names.key", newKey());
  const file = join(scratch.folder, "audit.jsonl");
  const common = { pseudonymKeyFile, ...options.audit };
  const system = cleanup.use(
    await startLoginSystem({
      directory: options.directory,
      replicas: options.replicas ?? 2,
      jetStream: options.jetStream ?? true,
      capture: options.capture ?? true,
      audit: {
        connector: { ...common, stream: { keyFiles: [connectorKey] } },
        gateway: { ...common, file, stream: { keyFiles: [gatewayKey] } },
      },
      ...(options.gatewayOptions && { gatewayOptions: options.gatewayOptions }),
    }),
  );
  const { nats } = system;
  const readerConfig = await scratch.write(
    "auditor.yaml",
    JSON.stringify({
      nats: { servers: nats.servers, caFile: nats.caFile, nkeyFile: nats.nkeyFiles.auditor },
      audit: {
        pseudonymKeyFile,
        reader: { gatewayKeyFiles: [gatewayKey], connectorKeyFiles: [connectorKey] },
      },
    }),
  );
  const config = loadConfig(readerConfig);
  const reading = await openStoredAudit(config, readSecrets(config));
  cleanup.use(reading);
  const owned = cleanup.move();
  const read = async (wish: Partial<AuditWish>): Promise<readonly AuditRecord[]> => {
    const isShown = isWished({ sinceMs: 0, ...wish }, undefined);
    const found: AuditRecord[] = [];
    for await (const line of reading.stored().since(0, undefined)) {
      const record = parseRecord(line);
      if (record !== undefined && isShown(record)) found.push({ ...JSON.parse(line) });
    }
    return found;
  };
  return {
    system,
    readerConfig,
    keys,
    fileText: () => readFile(file, "utf8"),
    audit: (...args) => runCli(["audit", "--config", readerConfig, ...args]),
    async records(atLeast, wish = {}) {
      const giveUpAt = performance.now() + waitMs;
      for (;;) {
        const found = await read(wish).catch((error: unknown) => {
          if (error instanceof AuditUnreadableError) return [];
          throw error;
        });
        if (found.length >= atLeast) return found;
        if (performance.now() > giveUpAt) throw new Error(`only ${found.length} records came of ${atLeast}`);
        await sleep(pollMs);
      }
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
