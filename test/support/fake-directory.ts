/**
 * A directory in memory that counts as Active Directory and OpenLDAP do: one failure time per account, moved by each wrong bind.
 *
 * It implements the `Directory` port for tests of what stands above it; the real ones are tested against real servers.
 */

import type { AccountName } from "../../src/login/account-name.ts";
import type {
  Account,
  ControllerName,
  Directory,
  FailureMarker,
  VerifierContext,
} from "../../src/login/ports.ts";

export interface FakeDirectory extends Directory {
  /** Failed binds that counted, by account. */
  readonly failures: ReadonlyMap<string, number>;
  readonly binds: number;
  setAvailable(available: boolean): void;
  /** Called right before a bind is counted; a pending promise holds the bind up. */
  beforeBind: () => Promise<void> | void;
  /** Called right after a bind was counted and before its answer goes back. */
  afterBind: () => Promise<void> | void;
  beforeSearch: () => Promise<void> | void;
}

export const rightPassword = "Right-Passw0rd";
const controller = "dc1.example.test:636" as ControllerName;

/** Replicas share the returned directory, as they share a real one. */
export function createFakeDirectory(people: readonly string[], confirm = false): FakeDirectory {
  const failures = new Map<string, number>();
  const listeners = new Set<(controller: ControllerName | undefined) => void>();
  let available = true;
  let binds = 0;
  const markerOf = (name: string): FailureMarker => String(failures.get(name) ?? 0) as FailureMarker;

  const directory: FakeDirectory = {
    failures,
    get binds() {
      return binds;
    },
    setAvailable(now) {
      available = now;
      for (const listener of listeners) listener(available ? controller : undefined);
    },
    beforeBind: () => undefined,
    afterBind: () => undefined,
    beforeSearch: () => undefined,
    controller: () => (available ? controller : undefined),
    onControllerChange: (listener) => void listeners.add(listener),
    async findAccount(name: AccountName) {
      await directory.beforeSearch();
      if (!available) return { kind: "unavailable", fault: "directory_unreachable" };
      if (!people.includes(name.text)) return { kind: "none" };
      const account: Account = { controller, distinguishedName: name.text, marker: markerOf(name.text) };
      return { kind: "found", account };
    },
    findAccountBy: () => Promise.resolve({ kind: "none" }),
    async checkSuspicion(account, { marker }) {
      return {
        kind: marker !== undefined && markerOf(account.distinguishedName) !== marker ? "moved" : "unmoved",
      };
    },
    async bind(account, password, context: VerifierContext) {
      const evidence = {
        controller,
        ...(account.marker === undefined ? {} : { marker: account.marker }),
        confirm,
      };
      if ((await context.permitBind(evidence)) === "expired") return { kind: "not_sent", why: "expired" };
      binds += 1;
      const right = password.reveal() === rightPassword;
      await directory.beforeBind();
      if (!right) failures.set(account.distinguishedName, (failures.get(account.distinguishedName) ?? 0) + 1);
      await directory.afterBind();
      return right ? { kind: "accepted" } : { kind: "denied", reason: "bad_credentials" };
    },
    judge: () => ({ kind: "judged", problems: [] }),
    async readIdentity(account) {
      const identity = {
        subjectId: "7b0c1d4e-0000-4000-8000-000000000001",
        accountName: account.distinguishedName,
        distinguishedName: account.distinguishedName,
        profile: {},
        groups: [],
        groupsRead: "complete",
      } as const;
      return { kind: "read", identity };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return directory;
}
