/**
 * The directory engine's front door: implements the `Directory` port for Active Directory and OpenLDAP.
 *
 * Owns: its controllers, their connections and health. Does not own: what a login is made of (a verifier), whether a bind may still be
 * sent (`VerifierContext.permitBind`), the settings (handed in). Depends on: `login`, and ldapts in `ldap-connection.ts` alone.
 *
 * One login costs two round trips: the search for the account brings profile and failure time, then the bind and the reading of
 * groups run side by side.
 *
 * @module
 */

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { SecureContext } from "node:tls";
import type { AccountName } from "../login/account-name.ts";
import type { Deadline } from "../login/deadline.ts";
import type { Account, ControllerName, Directory, FindOutcome, IdentityOutcome } from "../login/ports.ts";
import { FoundAccount, accountAttributes, accountFilters } from "./accounts/account.ts";
import { isBindName } from "./ldap/bind-name.ts";
import { Controller } from "./controllers/controller.ts";
import type { ControllerOptions } from "./controllers/controller.ts";
import { parseControllerUrl } from "./controllers/controller-address.ts";
import { Controllers } from "./controllers/controllers.ts";
import { defaultLimits } from "./directory-options.ts";
import type { ConnectionCounts, DirectoryOptions } from "./directory-options.ts";
import { createGroupReader } from "./groups/groups.ts";
import { identityOf } from "./profile/identity.ts";
import { createBinder } from "./accounts/permitted-bind.ts";
import { presets } from "./preset.ts";
import { ServiceAccount } from "./controllers/service-account.ts";
import { createSuspicionCheck } from "./accounts/suspicion.ts";

export interface DirectoryEngine extends Directory {
  /** As they are now, one for each controller. */
  connectionCounts(): readonly ConnectionCounts[];
}

/**
 * Starts to look for controllers that answer, and returns at once.
 *
 * @throws {Error} for settings that can never work (a URL, the CA, the service account's name); never because a controller is down.
 */
export function createDirectory(options: DirectoryOptions): DirectoryEngine {
  const preset = presets[options.preset];
  const limits = { ...defaultLimits, ...options.limits };
  const profile = options.attributes ?? preset.profile;
  const now = options.now ?? (() => performance.now());
  const observe = options.observe ?? (() => undefined);
  const { baseDn, domain } = options;
  const controllers = startControllers(options, { limits, now, observe });
  const readGroups = createGroupReader(
    { controllers, preset, baseDn, groupsMax: limits.groupsMax, ageMaxMs: limits.groupAgeMaxMs, now },
    limits.groupsTimeoutMs,
  );
  const attributes = accountAttributes(preset, profile);

  return {
    controller: () => controllers.preferred?.name,
    onControllerChange: (listener) => controllers.onChange(listener),
    connectionCounts: () => controllers.counts,
    findAccount,
    checkSuspicion: createSuspicionCheck({ controllers, preset, settleMs: limits.settleMs, now }),
    bind: createBinder({ controllers, preset, limits, now, observe }),
    readIdentity,
    async [Symbol.asyncDispose]() {
      controllers.close();
    },
  };

  async function findAccount(
    name: AccountName,
    deadline: Deadline,
    on?: ControllerName,
  ): Promise<FindOutcome> {
    for (const filter of accountFilters(name, preset, domain)) {
      // Two are enough to know that it is not one.
      const request = { base: baseDn, scope: "sub", filter, attributes, entriesMax: 2 } as const;
      const outcome = await controllers.search(request, deadline, on);
      if (outcome.kind === "failed") {
        const fault = outcome.why === "result_code" ? "directory_refused" : "directory_unreachable";
        return { kind: "unavailable", fault };
      }
      const [entry, another] = outcome.entries;
      if (another !== undefined) return { kind: "several" };
      if (entry !== undefined) {
        return { kind: "found", account: new FoundAccount(outcome.controller.name, entry, preset) };
      }
    }
    return { kind: "none" };
  }

  async function readIdentity(account: Account, deadline: Deadline): Promise<IdentityOutcome> {
    assert.ok(account instanceof FoundAccount, "an account comes from findAccount");
    const read = await readGroups(account, deadline);
    if (read.kind === "failed") return { kind: "unavailable", fault: "directory_unreachable" };
    const identity = identityOf(account.entry, read, preset, profile);
    return identity === undefined
      ? { kind: "unavailable", fault: "directory_refused" }
      : { kind: "read", identity };
  }
}

function startControllers(
  options: DirectoryOptions,
  common: Pick<ControllerOptions, "limits" | "now" | "observe">,
): Controllers {
  const { name, password } = options.serviceAccount;
  if (!isBindName(name)) throw new Error("the service account is a distinguished name or user@domain");
  if (password.reveal() === "") throw new Error("the service account has no password");
  const secureContext = believing(options.ca);
  const addresses = options.controllers.map((url) => parseControllerUrl(url, options, secureContext));
  if (new Set(addresses.map((address) => address.name)).size < addresses.length) {
    throw new Error("a controller is named twice");
  }
  const { limits, now } = common;
  const serviceAccount = new ServiceAccount({ name, password, timeoutMs: limits.searchTimeoutMs, now });
  const { hasPasswordPolicyControl } = presets[options.preset];
  return new Controllers(
    (onStateChange) =>
      addresses.map(
        (address) =>
          new Controller({ ...common, address, hasPasswordPolicyControl, serviceAccount, onStateChange }),
      ),
    limits.searchPatienceMs,
  );
}

/** @param ca  PEM. OpenSSL passes over what it cannot read there, and would then believe nobody without a word. */
function believing(ca: string | undefined): SecureContext {
  if (ca === undefined) return createSecureContext();
  const certificates = ca.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw new Error("the CA file holds no PEM certificate");
  return createSecureContext({ ca: certificates.map((pem) => new X509Certificate(pem).toString()) });
}
