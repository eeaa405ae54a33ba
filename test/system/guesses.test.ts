/**
 * What `npm run guesses` does at length: guesses at all accounts of an Active Directory, by every spelling and both doors, with
 * fine-grained policies among them. Nobody is locked, every owner gets in.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { guess } from "../../chaos/guess.ts";
import { complaintsAbout, tableOf } from "../../chaos/guess-figures.ts";

test("guesses from many addresses at all accounts lock none, and every owner gets in", async (t) => {
  const figures = await guess({ guesses: 800, accounts: 20, addresses: 20, inFlight: 32, restarts: false });
  t.diagnostic(tableOf(figures));
  assert.deepEqual(complaintsAbout(figures), []);
});
