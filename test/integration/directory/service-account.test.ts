/**
 * The service account's password and the certificates change while people log in; nothing is ever locked by it.
 */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { Attribute, Change } from "ldapts";
import type { DirectoryEvent } from "../../../src/directory/directory-options.ts";
import { Secret } from "../../../src/login/secret.ts";
import type { LabDirectory } from "../../support/lab-directory.ts";
import { serviceAccount } from "../../support/people.ts";
import { startSamba } from "../../support/samba.ts";
import { startSlapd } from "../../support/slapd.ts";
import { openDirectory, reasonOf } from "./opened-directory.ts";
import type { OpenedDirectory } from "./opened-directory.ts";

const renewed = "Sealed-Portcullis-10";
const wrong = "Sealed-Portcullis-11";
const { account } = serviceAccount;
/** Many probes in a moment, so that what tries again and again would be seen to. */
const limits = { probeIntervalMs: 50 };

function tries(events: readonly DirectoryEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.kind === "service_account" ? [`${event.password} ${event.result}`] : [],
  );
}

function connects(events: readonly DirectoryEvent[]): number {
  return events.filter((event) => event.kind === "operation" && event.operation === "connect").length;
}

describe("the service account's password", { timeout: 60_000 }, () => {
  test("renewed here first: it is tried once, the one before serves, until the directory has it too", async () => {
    await using slapd = await startSlapd();
    await using opened = await openDirectory([slapd], { limits });
    opened.engine.renewPassword(slapd.serviceAccount.name, new Secret(renewed));
    await opened.until(() => tries(opened.events).length === 2);
    assert.deepEqual(tries(opened.events), ["newest ok", "newest service_account_bad_credentials"]);

    await reconnect(slapd, opened);
    assert.equal(reasonOf(await opened.logIn("ada", slapd.password)), "accepted");

    await setPassword(slapd, renewed);
    await reconnect(slapd, opened);
    assert.equal(reasonOf(await opened.logIn("ada", slapd.password)), "accepted");
    // The one that had served was refused, so there was news: the newest was tried again, and its success took back the count.
    assert.deepEqual(tries(opened.events).slice(2), [
      "previous service_account_bad_credentials",
      "newest ok",
    ]);
    assert.deepEqual(await slapd.failureTimes(account), []);
  });

  test("renewed in the directory first: it is refused once, however often controllers are looked for, then comes back by itself", async () => {
    await using first = await startSlapd();
    await using opened = await openDirectory([first], { limits });
    await setPassword(first, renewed);
    await first.restart();
    await opened.until(() => opened.engine.controller() === undefined);
    const before = connects(opened.events);
    await opened.until(() => connects(opened.events) > before + 20);
    assert.equal((await first.failureTimes(account)).length, 1);

    opened.engine.renewPassword(first.serviceAccount.name, new Secret(renewed));
    await opened.until(() => opened.engine.controller() !== undefined);
    assert.equal(reasonOf(await opened.logIn("ada", first.password)), "accepted");
    assert.deepEqual(await first.failureTimes(account), []);
  });

  test("renewed wrongly, twice the same, for two controllers: tried once in all, and nobody waits for it", async () => {
    await using first = await startSlapd();
    await using second = await startSlapd({ from: first });
    await using opened = await openDirectory([first, second], { limits });
    for (const secret of [wrong, wrong]) {
      opened.engine.renewPassword(first.serviceAccount.name, new Secret(secret));
    }
    await opened.until(() => tries(opened.events).some((line) => line.includes("bad_credentials")));
    await reconnect(second, opened);
    assert.equal(reasonOf(await opened.logIn("ada", first.password)), "accepted");
    assert.deepEqual(tries(opened.events), ["newest ok", "newest service_account_bad_credentials"]);
    assert.deepEqual(await second.failureTimes(account), []);
  });

  test("a password that was put back is not tried again where it was refused, and serves where it was right", async () => {
    await using slapd = await startSlapd();
    await using opened = await openDirectory([slapd], { limits });
    for (const secret of [wrong, serviceAccount.password, wrong, serviceAccount.password]) {
      const before = tries(opened.events).length;
      opened.engine.renewPassword(slapd.serviceAccount.name, new Secret(secret));
      if (secret === wrong && before === 1) await opened.until(() => tries(opened.events).length > before);
    }
    await reconnect(slapd, opened);
    assert.equal(reasonOf(await opened.logIn("ada", slapd.password)), "accepted");
    assert.equal(tries(opened.events).filter((line) => line.includes("bad_credentials")).length, 1);
  });

  test("on Active Directory a stale password counts once, and the renewed one brings the directory back", async () => {
    await using samba = await startSamba();
    await using opened = await openDirectory([samba], { limits });
    // MS-SAMR 3.1.1.8.2: a password that was right not long ago counts nothing, so this one has to be older.
    for (const password of [wrong, `${wrong}0`, renewed]) await setPassword(samba, password);
    await samba.restart();
    await opened.until(() => opened.engine.controller() === undefined);
    const before = connects(opened.events);
    await opened.until(() => connects(opened.events) > before + 3);
    assert.equal(await samba.badPwdCount(account), 1);
    opened.engine.renewPassword(samba.serviceAccount.name, new Secret(renewed));
    await opened.until(() => opened.engine.controller() !== undefined);
    assert.equal(reasonOf(await opened.logIn("ada", samba.password)), "accepted");
    assert.equal(await samba.badPwdCount(account), 0);
  });
});

describe("certificates", { timeout: 60_000 }, () => {
  test("a renewed CA is believed by the next connection, and a broken one changes nothing", async () => {
    await using before = await startSlapd();
    await using after = await startSlapd();
    const controllers = [before.url, after.url];
    await using opened = await openDirectory([before], { controllers, limits });
    await opened.until(() => opened.engine.controller()?.startsWith(before.address) === true);
    for (const ca of ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]) {
      assert.throws(() => opened.engine.renewTrust({ ca }), Error);
    }
    await reconnect(before, opened);

    opened.engine.renewTrust({ ca: before.ca + after.ca });
    await before.kill();
    await opened.until(() => opened.engine.controller()?.startsWith(after.address) === true);
    assert.equal(reasonOf(await opened.logIn("ada", after.password)), "accepted");
  });

  test("a controller that demands a certificate gets the one in the settings, and the renewed one", async () => {
    await using slapd = await startSlapd({ demandsCertificate: true });
    await using opened = await openDirectory([slapd], { limits });
    assert.equal(opened.engine.controller(), undefined);

    const { certificateFile, keyFile } = await slapd.authority.issue("connector", {
      dns: ["connector"],
      ip: [],
    });
    const other = await slapd.authority.issue("other", { dns: ["other"], ip: [] });
    const [certificate, key, othersKey] = await Promise.all(
      [certificateFile, keyFile, other.keyFile].map((file) => readFile(file, "utf8")),
    );
    assert.ok(certificate !== undefined && key !== undefined && othersKey !== undefined);
    const { ca } = slapd;
    assert.throws(
      () => opened.engine.renewTrust({ ca, clientCertificate: { certificate, key: new Secret(othersKey) } }),
      /do not belong together/,
    );
    opened.engine.renewTrust({ ca, clientCertificate: { certificate, key: new Secret(key) } });
    await opened.until(() => opened.engine.controller() !== undefined);
    assert.equal(reasonOf(await opened.logIn("ada", slapd.password)), "accepted");
  });
});

/** Breaks every connection, and waits until there are new ones. */
async function reconnect(lab: LabDirectory, opened: OpenedDirectory): Promise<void> {
  const before = opened.events.length;
  const seen = (state: string): boolean =>
    opened.events
      .slice(before)
      .some(
        (event) =>
          event.kind === "controller" && event.state === state && event.controller.startsWith(lab.address),
      );
  await lab.kill();
  await opened.until(() => seen("unavailable"));
  await lab.restart();
  await opened.until(() => seen("available"));
}

async function setPassword(lab: LabDirectory, password: string): Promise<void> {
  const isAd = lab.preset === "active-directory";
  const modification = isAd
    ? new Attribute({ type: "unicodePwd", values: [Buffer.from(`"${password}"`, "utf16le")] })
    : new Attribute({ type: "userPassword", values: [password] });
  const name = lab.distinguishedName(account);
  await lab.asAdministrator(async (client) => {
    await client.modify(name, new Change({ operation: "replace", modification }));
    if (isAd) return;
    // OpenLDAP wants a password that the administrator set to be changed by its owner.
    const mustChange = new Attribute({ type: "pwdReset", values: [] });
    await client.modify(name, new Change({ operation: "delete", modification: mustChange }));
  });
}
