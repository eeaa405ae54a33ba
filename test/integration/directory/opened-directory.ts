/**
 * The directory engine and the password verifier in front of real servers, as a connector would hold them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { DirectoryEvent, DirectoryOptions } from "../../../src/directory/directory-options.ts";
import { createDirectory } from "../../../src/directory/open-directory.ts";
import type { DirectoryEngine } from "../../../src/directory/open-directory.ts";
import { parseAccountName } from "../../../src/login/account-name.ts";
import type { AccountName } from "../../../src/login/account-name.ts";
import { createAttemptId, isConnectionName } from "../../../src/login/attempt.ts";
import type { PasswordAttempt } from "../../../src/login/attempt.ts";
import { Deadline } from "../../../src/login/deadline.ts";
import type { Listing } from "../../../src/login/operation.ts";
import type { Account, OperatorEnd, VerifierContext, VerifierEnd } from "../../../src/login/ports.ts";
import { Secret } from "../../../src/login/secret.ts";
import { createPasswordVerifier } from "../../../src/verifiers/password.ts";
import { createSessionVerifier } from "../../../src/verifiers/session.ts";
import type { LabDirectory } from "../../support/lab-directory.ts";

export interface OpenedDirectory extends AsyncDisposable {
  readonly engine: DirectoryEngine;
  readonly events: readonly DirectoryEvent[];
  /** Checks a password with the verifier. */
  logIn(name: string, password: string, context?: Partial<TestContext>): Promise<VerifierEnd>;
  /** As somebody who logged in before. */
  goOn(subjectId: string): Promise<VerifierEnd>;
  list(listing: Omit<Listing, "id" | "connection">): Promise<OperatorEnd>;
  /** @throws {Error} when it is not found. */
  find(name: string): Promise<Account>;
  /** Resolves once the condition holds. @throws {Error} after 10 s. */
  until(condition: () => boolean): Promise<void>;
}

interface TestContext extends VerifierContext {
  readonly deadlineMs: number;
}

export async function openDirectory(
  controllers: readonly [LabDirectory, ...LabDirectory[]],
  options: Partial<DirectoryOptions> = {},
): Promise<OpenedDirectory> {
  const [first] = controllers;
  const opened = openEngine({
    preset: first.preset,
    controllers: controllers.map(({ url }) => url),
    ca: first.ca,
    baseDn: first.baseDn,
    ...(first.domain === undefined ? {} : { domain: first.domain }),
    serviceAccount: {
      name: first.serviceAccount.name,
      password: new Secret(first.serviceAccount.password),
    },
    ...options,
  });
  if (options.controllers === undefined) {
    await opened.until(() => stateEvents(opened.events) >= controllers.length);
  }
  return opened;
}

/** Does not wait for any controller. */
export function openEngine(options: DirectoryOptions): OpenedDirectory {
  const events: DirectoryEvent[] = [];
  const engine = createDirectory({ observe: (event) => events.push(event), ...options });
  const verifier = createPasswordVerifier(engine);
  return {
    engine,
    events,
    until,
    logIn: (name, password, context = {}) => verifier.verify(attemptOf(name, password), contextOf(context)),
    goOn: (subjectId) =>
      createSessionVerifier(engine).verify({ ...attemptIds(), method: "session", subjectId }, contextOf({})),
    list: (listing) => engine.perform({ ...attemptIds(), ...listing }, contextOf({})),
    async find(name) {
      const found = await engine.findAccount(parsedName(name), Deadline.after(2_000));
      assert.equal(found.kind, "found");
      assert.ok(found.kind === "found");
      return found.account;
    },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error("it did not come true");
    await sleep(5);
  }
}

/** For attempts that must end before anything is bound. */
export function refuseToBind(): Promise<never> {
  assert.fail("nothing may be bound");
}

function contextOf({ deadlineMs = 5_000, ...rest }: Partial<TestContext>): VerifierContext {
  return {
    deadline: Deadline.after(deadlineMs),
    report: () => undefined,
    permitBind: () => Promise.resolve("permitted"),
    mayBind: true,
    aside: (work) => work,
    ...rest,
  };
}

export function parsedName(text: string): AccountName {
  const parsed = parseAccountName(text);
  assert.ok(parsed.ok, "not an account name");
  return parsed.name;
}

function attemptIds(): Pick<PasswordAttempt, "id" | "connection"> {
  const connection = "corp";
  assert.ok(isConnectionName(connection));
  return { id: createAttemptId(randomBytes), connection };
}

function attemptOf(name: string, password: string): PasswordAttempt {
  return {
    ...attemptIds(),
    method: "password",
    accountName: parsedName(name),
    password: new Secret(password),
  };
}

function stateEvents(events: readonly DirectoryEvent[]): number {
  return events.filter(({ kind }) => kind === "controller").length;
}

export function reasonOf(end: VerifierEnd): string {
  switch (end.outcome) {
    case "accepted":
      return "accepted";
    case "denied":
      return end.reason;
    case "unavailable":
      return `unavailable: ${end.fault}`;
    case "returned":
      return `returned: ${end.why}`;
  }
}
