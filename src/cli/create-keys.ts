/**
 * `drawbridge keys`: the files that two sides need in order to trust each other and be let on the bus.
 *
 * @module
 */

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createNatsUser } from "../bus/nats-user.ts";
import { isConnectionName } from "../login/attempt.ts";
import { createIdentityKeyPair } from "../protocol/identity-key.ts";
import type { CommandInput } from "./command.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { ExitCode } from "./exit-codes.ts";
import { journalFile, writeJournal } from "./keys/journal.ts";
import { KeyFolder } from "./keys/key-folder.ts";
import { natsPrograms, natsUsersFile, natsUsersText } from "./keys/nats-users.ts";
import { createSharedKey } from "./keys/shared-key.ts";
import { print } from "./print.ts";

interface KeyFile {
  readonly name: string;
  readonly content: string;
  readonly isSecret: boolean;
  readonly goesTo: string;
}

export async function createKeys({ text, texts }: CommandInput): Promise<ExitCode> {
  const folder = text("out") ?? "";
  const connections = texts("connection");
  const bad = connections.find((name) => !isConnectionName(name));
  if (bad !== undefined) {
    throw new CommandError(
      `drawbridge keys: ${JSON.stringify(bad)} is no connection name; lower-case letters, digits and hyphens, 63 at most`,
      exitCodes.usage,
    );
  }
  const files = [...new Set(connections)]
    .flatMap(connectorFiles)
    .concat(gatewayFiles(), stateFiles(), natsFiles());
  const inTheWay = files.find(({ name }) => existsSync(join(folder, name)));
  if (inTheWay !== undefined) {
    throw new CommandError(
      `drawbridge keys: ${join(folder, inTheWay.name)} is there already and is not overwritten; choose another folder`,
      exitCodes.cannotCreate,
    );
  }
  write(folder, files);
  writeJournal(new KeyFolder(folder), { change: "create", keys: files.map(({ name }) => name).join(" ") });
  for (const { name, isSecret, goesTo } of files)
    print(`${name.padEnd(26)} ${isSecret ? "secret" : "public"}  ${goesTo}`);
  print(`${journalFile.padEnd(26)} secret  stays here: who made and changed these keys`);
  return exitCodes.ok;
}

function write(folder: string, files: readonly KeyFile[]): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const { name, content, isSecret } of files) {
      writeFileSync(join(folder, name), content, { mode: isSecret ? 0o600 : 0o644, flag: "wx" });
    }
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new CommandError(`drawbridge keys: cannot write to ${folder} (${reason})`, exitCodes.cannotCreate);
  }
}

function connectorFiles(connection: string): readonly KeyFile[] {
  const { privateKey, publicKey } = createIdentityKeyPair();
  return [
    {
      name: `${connection}.connector.key`,
      content: privateKey,
      isSecret: true,
      goesTo: `connectors: connector.connections.${connection}.identityKeyFile`,
    },
    {
      name: `${connection}.connector.pub`,
      content: publicKey,
      isSecret: false,
      goesTo: `gateways: gateway.connections.${connection}.connectorKeyFiles`,
    },
  ];
}

function gatewayFiles(): readonly KeyFile[] {
  const { privateKey, publicKey } = createIdentityKeyPair();
  return [
    { name: "gateway.key", content: privateKey, isSecret: true, goesTo: "gateways: gateway.identityKeyFile" },
    {
      name: "gateway.pub",
      content: publicKey,
      isSecret: false,
      goesTo: "connectors: connector.connections.….gatewayKeyFiles",
    },
  ];
}

function stateFiles(): readonly KeyFile[] {
  const fileOf = (name: string, goesTo: string): KeyFile => ({
    name,
    content: `${createSharedKey()}\n`,
    isSecret: true,
    goesTo,
  });
  return [
    fileOf("state.key", "gateways: gateway.state.keyFiles"),
    fileOf("connector-state.key", "connectors: connector.state.keyFiles, where they take Kerberos tickets"),
    fileOf("gateway-audit.key", "gateways: audit.stream.keyFiles; readers: audit.reader.gatewayKeyFiles"),
    fileOf(
      "connector-audit.key",
      "connectors: audit.stream.keyFiles; readers: audit.reader.connectorKeyFiles",
    ),
    fileOf("audit-names.key", "gateways and readers: audit.pseudonymKeyFile, where names are pseudonyms"),
  ];
}

function natsFiles(): readonly KeyFile[] {
  const users = { connector: createNatsUser(), gateway: createNatsUser(), auditor: createNatsUser() };
  const goesTo = { connector: "connectors", gateway: "gateways", auditor: "readers of the audit" };
  return [
    ...natsPrograms.map((program) => ({
      name: `nats-${program}.nk`,
      content: `${users[program].seed}\n`,
      isSecret: true,
      goesTo: `${goesTo[program]}: nats.nkeyFile`,
    })),
    {
      name: natsUsersFile,
      content: natsUsersText({
        connector: users.connector.publicKey,
        gateway: users.gateway.publicKey,
        auditor: users.auditor.publicKey,
      }),
      isSecret: false,
      goesTo: "NATS servers: beside drawbridge.conf",
    },
  ];
}
