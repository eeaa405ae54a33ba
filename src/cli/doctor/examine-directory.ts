/**
 * Everything about one connection's directory, in the order in which one thing needs the other; what cannot be looked at is said to
 * be skipped, and the rest goes on.
 *
 * @module
 */

import type { DirectoryConfig } from "../../config/directory-schema.ts";
import type { DirectorySecrets } from "../../config/directory-secrets.ts";
import { TlsTrust } from "../../directory/ldap/tls-trust.ts";
import { presets } from "../../directory/preset.ts";
import { Deadline } from "../../login/deadline.ts";
import type { ConfiguredDirectory } from "../open-configured-directory.ts";
import { checkBase } from "./check-base.ts";
import { checkClock } from "./check-clock.ts";
import { checkDiscovery } from "./check-discovery.ts";
import { checkKeytab } from "./check-keytab.ts";
import { checkLockout } from "./check-lockout.ts";
import { checkNetwork } from "./check-network.ts";
import { checkPeople } from "./check-people.ts";
import { checkServiceAccount, connectionOf } from "./check-service-account.ts";
import type { ServiceAccountTries } from "./check-service-account.ts";
import { examinedController, placesOf } from "./examined-place.ts";
import type { ExaminedController, Place } from "./examined-place.ts";
import { found, skipped } from "./finding.ts";
import type { Finding } from "./finding.ts";
import type { TlsProbe } from "./probe-tls.ts";

/** Controllers of one place that are looked at; more would say nothing new. */
const controllersMax = 16;
const peopleTimeoutMs = 10_000;

export interface AlsoExamined {
  /** Whom to look up; somebody who is found where it is absent. */
  readonly userName: string | undefined;
  /** Of the connection, where people log in with tickets. */
  readonly keytab: Uint8Array | undefined;
}

/** Tells each finding as soon as it is there. */
export async function examineDirectory(
  configured: ConfiguredDirectory,
  { userName, keytab }: AlsoExamined,
  tell: (findings: readonly Finding[]) => void,
): Promise<void> {
  const { connection, settings, secrets } = configured;
  const trust = trustOf(secrets);
  if (trust === undefined) {
    const says = "the CA file or the client certificate cannot be used, so no controller can be looked at";
    tell([found("configuration_invalid", "configuration", connection, says)]);
    return;
  }
  const { connectTimeout, searchTimeout } = settings;
  const tries: ServiceAccountTries = {
    connectTimeoutMs: connectTimeout,
    timeoutMs: searchTimeout,
    hasPasswordPolicyControl: presets[settings.preset].hasPasswordPolicyControl,
    refused: new Set(),
  };
  const places = placesOf(connection, settings, [secrets.servicePassword, ...secrets.otherServicePasswords]);
  let somebody: string | undefined;
  for (const place of places) {
    const controllers = await reach(place, { settings, secrets, trust, tell });
    // One after the other: the second try of a wrong password would count again.
    for (const controller of controllers) tell([await checkServiceAccount(controller, place, tries)]);
    somebody ??= await examineContent(place, controllers, configured, tell);
    const logged = connectionOf(controllers);
    if (keytab !== undefined && place === places[0]) {
      const deadline = Deadline.after(2 * searchTimeout);
      const unasked = skipped(
        "keytab",
        connection,
        "no controller on which the service account is logged in",
      );
      tell(
        logged === undefined ? [unasked] : await checkKeytab(connection, keytab, logged.connection, deadline),
      );
    }
    for (const controller of controllers) controller.connection?.close();
  }
  const name = userName ?? somebody;
  if (tries.refused.size > 0 || somebody === undefined || name === undefined) {
    tell([
      skipped("people", connection, "nothing can be searched"),
      skipped("groups", connection, "nothing can be searched"),
    ]);
  } else tell(await checkPeople(configured, name, peopleTimeoutMs));
}

interface ReachDeps {
  readonly settings: DirectoryConfig;
  readonly secrets: DirectorySecrets;
  readonly trust: TlsTrust;
  readonly tell: (findings: readonly Finding[]) => void;
}

async function reach(
  place: Place,
  { settings, secrets, trust, tell }: ReachDeps,
): Promise<readonly ExaminedController[]> {
  const discovered = await checkDiscovery(place, settings.startTls);
  tell(discovered.findings);
  const controllers = discovered.controllers
    .slice(0, controllersMax)
    .map((url) => examinedController(url, settings, trust, place.lookup));
  await Promise.all(
    controllers.map(async (controller) => {
      const { findings, isTrusted } = await checkNetwork(
        controller.address.name,
        probeOf(controller, settings, secrets),
      );
      controller.isTrusted = isTrusted;
      tell([...findings, await checkClock(controller, settings.searchTimeout)]);
    }),
  );
  return controllers;
}

function probeOf(
  { address }: ExaminedController,
  { connectTimeout }: DirectoryConfig,
  { trust }: DirectorySecrets,
): TlsProbe {
  const { host, port, lookup, tlsName, startTls } = address;
  return {
    host,
    port,
    lookup,
    tlsName,
    opening: startTls ? "ldap_start_tls" : "tls",
    ...trust,
    timeoutMs: connectTimeout,
  };
}

/** @returns the name of somebody who is there. */
async function examineContent(
  place: Place,
  controllers: readonly ExaminedController[],
  { settings }: ConfiguredDirectory,
  tell: (findings: readonly Finding[]) => void,
): Promise<string | undefined> {
  const { subject, baseDn, account, service } = place;
  const logged = connectionOf(controllers);
  if (logged === undefined) {
    const says = "no controller on which the service account is logged in";
    tell([skipped("base DN", subject, says), skipped("lockout", subject, says)]);
    return undefined;
  }
  // The catalog has the same people as their domains, and not what changes with each login.
  if (service === "global_catalog") return undefined;
  const preset = presets[settings.preset];
  const deadline = Deadline.after(4 * settings.searchTimeout);
  const { connection } = logged;
  const { findings, people } = await checkBase(subject, baseDn, connection, preset, deadline);
  tell(findings);
  const question = {
    subject,
    preset,
    presetName: settings.preset,
    baseDn,
    people,
    serviceAccount: account.name,
  };
  tell(await checkLockout(question, connection, deadline));
  const names = people.map((one) => one.text(preset.nameAttribute));
  return names.find((name) => name !== undefined);
}

function trustOf({ trust }: DirectorySecrets): TlsTrust | undefined {
  try {
    return new TlsTrust(trust);
  } catch {
    return undefined;
  }
}
