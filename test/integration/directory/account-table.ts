/**
 * Logins as a table: each state of an account under each form of its name with a right, a wrong and an empty password.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LabDirectory } from "../../support/lab-directory.ts";
import { reasonOf, refuseToBind } from "./opened-directory.ts";
import type { OpenedDirectory } from "./opened-directory.ts";

export interface AccountRow {
  readonly state: string;
  readonly account: string;
  /** What a right and what a wrong password end as. */
  readonly right: string;
  readonly wrong: string;
}

export interface AccountTable {
  readonly rows: readonly AccountRow[];
  /** Of what the form is, and the name of that form. */
  readonly forms: readonly (readonly [form: string, nameOf: (account: string) => string])[];
  /** Wrong passwords that the directory has counted for the account. */
  readonly countOf: (account: string) => Promise<number>;
  /** Forgives them, where the state is not of their making. */
  readonly forgive: (account: string) => Promise<void>;
  readonly opened: () => OpenedDirectory;
  readonly directory: () => LabDirectory;
}

export function testTable({ rows, forms, countOf, forgive, opened, directory }: AccountTable): void {
  for (const { state, account, right, wrong } of rows) {
    for (const [form, nameOf] of forms) {
      const name = nameOf(account);
      test(`${state}, ${form} (${name}): right ${right}, wrong ${wrong}, empty nothing`, async () => {
        assert.equal(reasonOf(await opened().logIn(name, directory().password)), right);

        const before = await countOf(account);
        assert.equal(
          reasonOf(await opened().logIn(name, "", { permitBind: refuseToBind })),
          "bad_credentials",
        );
        assert.equal(await countOf(account), before, "an empty password was counted");

        assert.equal(reasonOf(await opened().logIn(name, "wrong")), wrong);
        const counted = (await countOf(account)) - before;
        assert.ok(counted <= 1, `one wrong password was counted ${counted} times`);
        if (wrong === "bad_credentials" && state === "active") assert.equal(counted, 1);
        await forgive(account);
      });
    }
  }
}
