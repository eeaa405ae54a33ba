/**
 * `drawbridge doctor`: looks at everything that a login needs, each thing by itself, and says what is wrong, why it matters and what
 * to do.
 *
 * Owns: the order of the examinations and that none of them stops the next. It changes nothing, and tries no password but the
 * service account's, once.
 *
 * @module
 */

import { writeFileSync } from "node:fs";
import type { NatsBus } from "../../bus/connect-bus.ts";
import { ConfigError, loadConfig } from "../../config/load.ts";
import type { ConfigProblem } from "../../config/load.ts";
import type { Config } from "../../config/schema.ts";
import { readSecretsAndProblems } from "../../config/secrets.ts";
import type { Secrets } from "../../config/secrets.ts";
import { isConnectionName } from "../../login/attempt.ts";
import type { ConnectionName } from "../../login/attempt.ts";
import { Deadline } from "../../login/deadline.ts";
import { withinDeadline } from "../../login/within-deadline.ts";
import { importIdentityKey, importPinnedKeys } from "../../protocol/identity-key.ts";
import { findKeyProblems } from "../check-config.ts";
import type { CommandInput } from "../command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import type { ExitCode } from "../exit-codes.ts";
import { PassingNote } from "../paint.ts";
import { print } from "../print.ts";
import { visitBus } from "../visit-bus.ts";
import { examineBus } from "./check-bus.ts";
import { checkCertificateLogins } from "./check-certificate-logins.ts";
import { checkOwnCertificate } from "./check-own-certificate.ts";
import type { Role } from "./check-permissions.ts";
import { examineDirectory } from "./examine-directory.ts";
import { examineGateway } from "./examine-gateway.ts";
import { fine, found, skipped } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { introduceConnector } from "./introduce-connector.ts";
import { describeFinding, findingsAsJson, supportBundle } from "./report.ts";

type Tell = (findings: readonly Finding[]) => void;

/** For all that belongs to one connection's directory, or to one side of the bus; each step inside has its own, shorter time. */
const examinationTimeoutMs = 120_000;

export async function doctor({ text, flag }: CommandInput): Promise<ExitCode> {
  const isJson = flag("json");
  const findings: Finding[] = [];
  using note = new PassingNote("looking");
  const complaint = {
    configFile: text("config") ?? "",
    connection: text("connection"),
    user: text("user"),
  };
  const config = await diagnose(complaint, (more) => {
    findings.push(...more);
    if (isJson) return;
    note.hide();
    for (const finding of more) for (const line of describeFinding(finding)) print(line);
    note.wait();
  });
  note.hide();
  print(isJson ? findingsAsJson(findings) : summary(findings));
  const bundleFile = text("bundle");
  if (bundleFile !== undefined) writeBundle(bundleFile, supportBundle(findings, config));
  if (findings.some(({ problem }) => problem === "configuration_invalid")) return exitCodes.configuration;
  return findings.some(({ status }) => status === "wrong") ? exitCodes.denied : exitCodes.ok;
}

export interface Complaint {
  readonly configFile: string;
  /** All of them where it is absent. */
  readonly connection: string | undefined;
  /** Whom to look up; somebody who is there where it is absent. */
  readonly user: string | undefined;
}

/** @returns the settings, where they could be loaded. */
export async function diagnose(complaint: Complaint, tell: Tell): Promise<Config | undefined> {
  const config = load(complaint.configFile, tell);
  if (config !== undefined) await examine(config, complaint, tell);
  return config;
}

function load(path: string, tell: Tell): Config | undefined {
  try {
    return loadConfig(path);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map(({ path: where, message }) =>
      // Of the file itself, whose name is nobody else's business.
      where === path ? { path: "the file", message: `${path} ${message}` } : { path: where, message },
    );
    tell(problems.map(invalid));
    return undefined;
  }
}

/** A problem's own words name files and quote values. */
function invalid({ path, message }: ConfigProblem): Finding {
  const details = { confidential: [message] };
  return found("configuration_invalid", "configuration", path, "cannot be used", details);
}

async function examine(config: Config, { connection: wanted, user }: Complaint, tell: Tell): Promise<void> {
  const names = (section: Readonly<Record<string, unknown>> = {}): readonly ConnectionName[] =>
    Object.keys(section)
      .filter((name) => isConnectionName(name))
      .filter((name) => wanted === undefined || wanted === name);
  const roles = new Map<Role, readonly ConnectionName[]>([
    ["connector", names(config.connector?.connections)],
    ["gateway", names(config.gateway?.connections)],
  ]);
  for (const [role, connections] of roles) if (connections.length === 0) roles.delete(role);
  if (roles.size === 0) {
    const says = wanted === undefined ? "there is no connection in it" : "it has no connection of this name";
    tell([found("configuration_invalid", "configuration", wanted ?? "connections", says)]);
    return;
  }
  const { secrets, problems } = readSecretsAndProblems(config);
  const all = problems.length > 0 ? problems : await findKeyProblems(config, secrets);
  const serves = [...roles].map(([role, connections]) => `${role}: ${connections.join(", ")}`);
  tell(all.length === 0 ? [fine("configuration", serves.join("; "), "can be used")] : all.map(invalid));

  for (const name of roles.get("connector") ?? []) await examineConnector(name, config, secrets, user, tell);
  if (roles.has("gateway")) tell(ownCertificates(secrets));
  await guarded("nats", tell, examineWire({ config, secrets, roles }, tell));
}

/** A kind of credential that needs more than the directory is looked at behind it. */
async function examineConnector(
  name: ConnectionName,
  config: Config,
  secrets: Secrets,
  user: string | undefined,
  tell: Tell,
): Promise<void> {
  const settings = config.connector?.connections[name];
  const own = secrets.connector.get(name);
  if (settings === undefined || own === undefined) return;
  const configured = { connection: name, settings: settings.directory, secrets: own.directory };
  await guarded(name, tell, examineDirectory(configured, { userName: user, keytab: own.keytab }, tell));
  const { certificates } = settings;
  if (certificates === undefined || own.certificates === undefined) return;
  tell(await checkCertificateLogins(name, certificates, own.certificates));
}

function ownCertificates({ gateway }: Secrets): readonly Finding[] {
  const { tls, clientCertificatesTls, status } = gateway ?? {};
  const shown = [
    ["gateway.http.tls", tls],
    ["gateway.clientCertificates.listener.tls", clientCertificatesTls],
    ["gateway.status.tls", status?.tls],
  ] as const;
  return shown.flatMap(([setting, files]) =>
    files === undefined ? [] : checkOwnCertificate(setting, files, Date.now()),
  );
}

interface Wire {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly roles: ReadonlyMap<Role, readonly ConnectionName[]>;
}

async function examineWire(wire: Wire, tell: Tell): Promise<void> {
  const isUsable = await examineBus(wire, tell);
  const bus = isUsable ? await visitBus(wire.config, wire.secrets.nats, "doctor") : undefined;
  if (bus === undefined) {
    tell([
      skipped("keys", "nats", "no server of the list can be used"),
      skipped("round trip", "nats", "no server of the list can be used"),
    ]);
    return;
  }
  await using connected = bus;
  for (const [role, connections] of wire.roles) {
    for (const connection of connections) {
      await guarded(connection, tell, examinePeers(role, connection, wire.secrets, connected, tell));
    }
  }
}

async function examinePeers(
  role: Role,
  connection: ConnectionName,
  { connector, gateway }: Secrets,
  bus: NatsBus,
  tell: Tell,
): Promise<void> {
  const own = role === "connector" ? connector.get(connection)?.identityKey : gateway?.identityKey;
  const others =
    role === "connector" ? connector.get(connection)?.gatewayKeys : gateway?.connectorKeys.get(connection);
  const keys = await Promise.all([
    importIdentityKey(own?.reveal() ?? ""),
    importPinnedKeys(others ?? []),
  ]).catch(() => undefined);
  if (keys === undefined) {
    tell([skipped("keys", connection, `the ${role}'s keys cannot be read`)]);
    return;
  }
  const [identity, pins] = keys;
  if (role === "connector") {
    tell(await introduceConnector({ connection, identity, gatewayKeys: pins, bus }));
  } else await examineGateway({ connection, identity, connectorKeys: pins, bus }, tell);
}

/** Whatever happens in one examination, the next one is made. */
async function guarded(subject: string, tell: Tell, examination: Promise<void>): Promise<void> {
  const failed = (says: string): void => tell([found("check_failed", "configuration", subject, says)]);
  const ended = await withinDeadline(
    Deadline.after(examinationTimeoutMs),
    examination.catch((error: unknown) =>
      failed(`the examination failed: ${error instanceof Error ? error.name : "unknown"}`),
    ),
  );
  if (ended === "timeout") failed("the examination did not end in time");
}

function summary(findings: readonly Finding[]): string {
  const count = (status: Finding["status"]): number =>
    findings.filter((finding) => finding.status === status).length;
  const [wrong, warnings, left] = [count("wrong"), count("warning"), count("skipped")];
  const verdict = wrong === 0 ? "Nothing is wrong" : `Wrong: ${wrong}`;
  return `${verdict}; warnings: ${warnings}, not looked at: ${left}.`;
}

function writeBundle(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600 });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new CommandError(`drawbridge doctor: cannot write ${path} (${code})`, exitCodes.cannotCreate);
  }
}
