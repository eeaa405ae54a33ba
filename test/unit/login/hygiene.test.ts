/**
 * Whatever holds a password or another secret shows none of it, however it is printed.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { format, inspect } from "node:util";
import { BusCredentials } from "../../../src/bus/bus-credentials.ts";
import { createApiCallers } from "../../../src/gateway/http/api-callers.ts";
import { parseLogin } from "../../../src/gateway/http/parse-login.ts";
import { parseOperation } from "../../../src/gateway/http/parse-operation.ts";
import { createAttemptId } from "../../../src/login/attempt.ts";
import { dropSecrets } from "../../../src/login/request.ts";
import { Secret } from "../../../src/login/secret.ts";
import { acceptSession, offerSession } from "../../../src/protocol/session.ts";
import { createCertificate, openCertificate, suite } from "../../../src/protocol/certificate.ts";
import {
  createIdentityKeyPair,
  importIdentityKey,
  importPinnedKeys,
} from "../../../src/protocol/identity-key.ts";
import { createProcessId } from "../../../src/protocol/subjects.ts";
import { corp } from "../../support/memory-system.ts";

const password = "Sehr-geheim-4711";
const other = "Noch-geheimer-4712";
const newAttemptId = () => createAttemptId(randomBytes);
const context = { connections: new Set([corp]), newAttemptId };

function requests() {
  const login = parseLogin({ username: "ada", password }, context.connections, newAttemptId);
  const change = parseOperation(
    "password.change",
    { username: "ada", oldPassword: password, newPassword: other },
    context,
  );
  const reset = parseOperation("password.reset", { username: "ada", newPassword: password }, context);
  assert.ok(login.ok && change.ok && reset.ok);
  return [login.attempt, change.operation, reset.operation];
}

/** By every way in which an object gets into a log, a message or a crash report. */
function prints(value: unknown): string {
  const cause = new Error("it failed", { cause: value });
  return [
    inspect(value, { depth: Infinity, showHidden: true, getters: true }),
    inspect(Object.assign(cause, { value }), { depth: Infinity, showHidden: true }),
    format("%s %j %o %O", value, value, value, value),
    JSON.stringify(value),
    String(value),
  ].join("\n");
}

test("requests, verdict inputs, callers and credentials print no secret", () => {
  const token = new Secret(password);
  const held = [
    ...requests(),
    createApiCallers([{ name: "app", token, may: new Set(["users.search"]) }]),
    { name: "app", token },
    new BusCredentials({ nkeySeed: new Secret(password) }),
    new Map([["corp", { servicePassword: token }]]),
    [new Set([token])],
  ];
  for (const value of held) assert.ok(!/geheim/i.test(prints(value)), inspect(value));
});

test("keys and sessions print no key", async () => {
  const [connector, gateway] = [createIdentityKeyPair(), createIdentityKeyPair()];
  const pair = await suite.GenerateKeyPair(true);
  const replica = createProcessId(randomBytes);
  const identity = await importIdentityKey(connector.privateKey);
  const { id, signed } = await createCertificate(
    corp,
    replica,
    pair.publicKey,
    identity,
    Date.now() + 60_000,
  );
  const pins = await importPinnedKeys([connector.publicKey]);
  const certificate = await openCertificate(signed, { connection: corp, replica, id }, pins, Date.now());
  assert.ok(certificate !== undefined);
  const parties = { connection: corp, gateway: createProcessId(randomBytes), certificate };
  const { session, offer } = await offerSession(
    parties,
    await importIdentityKey(gateway.privateKey),
    randomBytes,
  );
  const gatewayPins = await importPinnedKeys([gateway.publicKey]);
  const accepted = await acceptSession(offer, { connection: corp, replica }, () => pair, gatewayPins);
  assert.ok(accepted !== undefined);
  const printed = [identity, pair, session, accepted].map(prints).join("\n");
  const secrets = [
    Buffer.from(await suite.SerializePrivateKey(pair.privateKey)),
    ...[connector, gateway].map(({ privateKey }) =>
      Buffer.from(privateKey.split("\n")[1] ?? "", "base64").subarray(-32),
    ),
  ];
  for (const secret of secrets) {
    for (const form of ["hex", "base64", "base64url"] as const)
      assert.ok(!printed.includes(secret.toString(form)));
    assert.ok(!printed.includes([...secret].join(", ")));
  }
});

test("a request whose secrets were dropped has none to give", () => {
  for (const request of requests()) {
    dropSecrets(request);
    for (const value of Object.values(request)) {
      if (value instanceof Secret) assert.throws(() => value.reveal(), /dropped/);
    }
  }
});
