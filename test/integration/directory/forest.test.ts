/**
 * Two real domains behind one connection, each with somebody called Ada.
 */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Secret } from "../../../src/login/secret.ts";
import { subsidiary } from "../../support/samba-config.ts";
import { startSamba } from "../../support/samba.ts";
import type { Samba } from "../../support/samba.ts";
import { openDirectory, reasonOf, refuseToBind } from "./opened-directory.ts";
import type { OpenedDirectory } from "./opened-directory.ts";

describe("two domains", { timeout: 120_000 }, () => {
  let home: Samba;
  let other: Samba;
  let opened: OpenedDirectory;
  before(async () => {
    home = await startSamba();
    other = await startSamba({ domain: subsidiary, authority: home.authority });
    opened = await openForest(home, other);
    await opened.until(() => opened.engine.connectionCounts().length === 2);
    await opened.until(() => availableControllers(opened) === 2);
  });
  after(async () => {
    await opened[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
  });

  const people = [
    ["EXAMPLE\\ada", "Ada Lovelace"],
    ["SUBSIDIARY\\ada", "Ada Byron"],
    ["subsidiary.test\\ada", "Ada Byron"],
    ["ada@example.test", "Ada Lovelace"],
    ["ada@subsidiary.test", "Ada Byron"],
    ["ada.byron@subsidiary.test", "Ada Byron"],
    ["katherine", "Katherine Johnson"],
    ["grace", "Grace Hopper"],
    ["SUBSIDIARY\\katherine", "Katherine Johnson"],
  ] as const;
  for (const [name, displayName] of people) {
    test(`${name} is ${displayName}`, async () => {
      const end = await opened.logIn(name, home.password);
      assert.ok(end.outcome === "accepted", reasonOf(end));
      assert.equal(end.identity.profile["displayName"], displayName);
    });
  }

  for (const [name, reason] of [
    ["ada", "ambiguous_account"],
    ["EXAMPLE\\katherine", "unknown_account"],
    ["katherine@example.test", "unknown_account"],
    ["NOWHERE\\ada", "unknown_account"],
    ["nobody", "unknown_account"],
  ] as const) {
    test(`${name} is nobody (${reason}), and nothing is bound`, async () => {
      const end = await opened.logIn(name, home.password, { permitBind: refuseToBind });
      assert.equal(reasonOf(end), reason);
    });
  }

  test("a wrong password counts once, in the home domain only", async () => {
    assert.equal(reasonOf(await opened.logIn("SUBSIDIARY\\ada", "wrong")), "bad_credentials");
    assert.equal(await other.badPwdCount("ada"), 1);
    assert.equal(await home.badPwdCount("ada"), 0);
  });

  test("a bind that would have gone to the other domain's controller unannounced was never sent", async () => {
    const account = await opened.find("SUBSIDIARY\\katherine");
    const controller = opened.engine.controller();
    assert.ok(controller !== undefined && controller !== account.controller);
    const suspicion = { controller, withinMs: 100 };
    assert.equal(
      reasonOf(await opened.logIn("SUBSIDIARY\\katherine", home.password, { suspicion })),
      "accepted",
    );
  });

  describe("with a global catalog", () => {
    let catalogued: OpenedDirectory;
    before(async () => {
      catalogued = await openForest(home, other, [`ldaps://${home.address}:3269`]);
      await catalogued.until(() => availableControllers(catalogued) === 3);
    });
    after(() => catalogued[Symbol.asyncDispose]());

    test("it tells who is in the forest, and their home domain's controller checks the password", async () => {
      for (const name of ["ada", "ada@example.test", "ada.lovelace@example.test", "EXAMPLE\\ada"]) {
        const end = await catalogued.logIn(name, home.password);
        assert.ok(end.outcome === "accepted", `${name}: ${reasonOf(end)}`);
        assert.equal(end.identity.profile["displayName"], "Ada Lovelace");
      }
      const { controller } = await catalogued.find("ada");
      assert.equal(controller, `${home.address}:636`);
      assert.equal(reasonOf(await catalogued.logIn("ada", "wrong")), "bad_credentials");
      assert.equal(await home.badPwdCount("ada"), 1);
    });

    test("whom it does not know is nobody", async () => {
      const end = await catalogued.logIn("katherine", home.password, { permitBind: refuseToBind });
      assert.equal(reasonOf(end), "unknown_account");
    });
  });

  test("while the global catalog does not answer, every domain is searched", async () => {
    await using without = await openForest(home, other, ["ldaps://127.0.0.1:9"]);
    await without.until(() => availableControllers(without) === 2);
    assert.equal(reasonOf(await without.logIn("katherine", home.password)), "accepted");
    assert.equal(reasonOf(await without.logIn("ada", home.password)), "ambiguous_account");
  });

  test("while one domain is down, the people of the other log in, and its own are told that it is", async () => {
    await other.kill();
    await opened.until(() => availableControllers(opened) === 1);
    assert.equal(reasonOf(await opened.logIn("grace", home.password)), "accepted");
    assert.equal(reasonOf(await opened.logIn("EXAMPLE\\ada", home.password)), "accepted");
    const end = await opened.logIn("SUBSIDIARY\\ada", home.password, { permitBind: refuseToBind });
    assert.equal(reasonOf(end), "returned: directory_unreachable");
    assert.equal(
      reasonOf(await opened.logIn("katherine", home.password, { permitBind: refuseToBind })),
      "returned: directory_unreachable",
    );
    await other.restart();
    await opened.until(() => availableControllers(opened) === 2);
    assert.equal(reasonOf(await opened.logIn("SUBSIDIARY\\ada", home.password)), "accepted");
  });
});

function openForest(home: Samba, other: Samba, catalog?: readonly string[]): Promise<OpenedDirectory> {
  return openDirectory([home], {
    otherDomains: [
      {
        controllers: [other.url],
        baseDn: other.baseDn,
        domain: other.domain,
        serviceAccount: {
          name: other.serviceAccount.name,
          password: new Secret(other.serviceAccount.password),
        },
      },
    ],
    ...(catalog === undefined ? {} : { globalCatalog: { controllers: catalog } }),
  });
}

function availableControllers({ events }: OpenedDirectory): number {
  const states = new Map<string, string>();
  for (const event of events) if (event.kind === "controller") states.set(event.controller, event.state);
  return [...states.values()].filter((state) => state === "available").length;
}
