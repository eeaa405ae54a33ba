/**
 * The password verifier in front of a directory that answers what each test says, step by step.
 *
 * What is asserted everywhere is how many binds were sent: a second one only where the directory has said that it does no harm.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createAttemptId, isConnectionName } from "../../../src/login/attempt.ts";
import { Deadline } from "../../../src/login/deadline.ts";
import type {
  Account,
  BindOutcome,
  ControllerName,
  Directory,
  FailureMarker,
  FindOutcome,
  IdentityOutcome,
  Suspicion,
  SuspicionOutcome,
} from "../../../src/login/ports.ts";
import { Secret } from "../../../src/login/secret.ts";
import { createPasswordVerifier } from "../../../src/verifiers/password.ts";

const account: Account = {
  controller: controllerName("dc1:636"),
  distinguishedName: "CN=Ada",
  marker: failureMarker("7"),
};
const suspicion: Suspicion = { controller: controllerName("dc2:636"), withinMs: 800 };
const found: FindOutcome = { kind: "found", account };
const identity = {
  subjectId: "1",
  accountName: "ada",
  distinguishedName: "CN=Ada",
  profile: {},
  groups: [],
  groupsRead: "complete",
} as const;
const broken: BindOutcome = { kind: "unresolved", mayStillCount: false };
const wrong: BindOutcome = { kind: "denied", reason: "bad_credentials" };
const gone: FindOutcome = { kind: "unavailable", fault: "directory_unreachable" };

interface Script {
  /** The last of each list is repeated for ever. */
  readonly find?: readonly FindOutcome[];
  readonly bind?: readonly BindOutcome[];
  readonly check?: readonly SuspicionOutcome["kind"][];
  readonly identity?: IdentityOutcome;
}

function next<T>(list: readonly T[], index: number): T {
  const value = list[Math.min(index, list.length - 1)];
  assert.ok(value !== undefined, "not in the script");
  return value;
}

interface Run {
  readonly end: string;
  readonly binds: number;
  readonly checked: readonly Suspicion[];
  readonly askedFirst: readonly (ControllerName | undefined)[];
}

async function run(
  script: Script,
  options: { suspicion?: Suspicion; password?: string; deadlineMs?: number } = {},
): Promise<Run> {
  const steps = { find: 0, bind: 0, check: 0 };
  const checked: Suspicion[] = [];
  const askedFirst: (ControllerName | undefined)[] = [];
  const directory: Directory = {
    controller: () => account.controller,
    onControllerChange: () => undefined,
    async findAccount(_name, _deadline, on) {
      askedFirst.push(on);
      return next(script.find ?? [found], steps.find++);
    },
    findAccountBy: () => assert.fail("a password comes with a name"),
    async checkSuspicion(_account, asked) {
      checked.push(asked);
      return { kind: next(script.check ?? [], steps.check++) };
    },
    bind: async () => next(script.bind ?? [{ kind: "accepted" }], steps.bind++),
    judge: () => assert.fail("a password is judged by the controller"),
    readIdentity: async () => script.identity ?? { kind: "read", identity },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const connection = "corp";
  assert.ok(isConnectionName(connection));
  const end = await createPasswordVerifier(directory).verify(
    {
      id: createAttemptId(randomBytes),
      connection,
      method: "password",
      accountName: { form: "plain", text: "ada" },
      password: new Secret(options.password ?? "secret"),
    },
    {
      deadline: Deadline.after(options.deadlineMs ?? 2_000),
      ...(options.suspicion === undefined ? {} : { suspicion: options.suspicion }),
      report: () => undefined,
      aside: (work) => work,
      permitBind: () => assert.fail("asked by the directory only"),
      mayBind: false,
    },
  );
  return { end: describeEnd(end), binds: steps.bind, checked, askedFirst };
}

function describeEnd(end: Awaited<ReturnType<ReturnType<typeof createPasswordVerifier>["verify"]>>): string {
  switch (end.outcome) {
    case "accepted":
      return "accepted";
    case "denied":
      return `denied ${end.reason}`;
    case "unavailable":
      return `unavailable ${end.fault}`;
    case "returned":
      return `returned ${end.why}`;
  }
}

const plain: readonly (readonly [name: string, script: Script, end: string, binds: number])[] = [
  ["a right password is accepted", {}, "accepted", 1],
  ["a wrong password is denied", { bind: [wrong] }, "denied bad_credentials", 1],
  ["nobody of that name is denied unbound", { find: [{ kind: "none" }] }, "denied unknown_account", 0],
  ["two of that name are denied unbound", { find: [{ kind: "several" }] }, "denied ambiguous_account", 0],
  ["without a controller the attempt goes back", { find: [gone] }, "returned directory_unreachable", 0],
  ["an expired grant goes back", { bind: [{ kind: "not_sent", why: "expired" }] }, "returned expired", 1],
  [
    "a refusal that is not about the person is a fault, and not repeated",
    { bind: [{ kind: "refused", fault: "directory_refused" }] },
    "unavailable directory_refused",
    1,
  ],
  [
    "a right password without an identity is a fault",
    { identity: { kind: "unavailable", fault: "directory_unreachable" } },
    "unavailable directory_unreachable",
    1,
  ],
  [
    "a controller that cannot be connected to is replaced",
    { bind: [{ kind: "not_sent", why: "directory_unreachable" }, { kind: "accepted" }] },
    "accepted",
    2,
  ],
  [
    "controllers that cannot be connected to are not tried for ever",
    { bind: [{ kind: "not_sent", why: "directory_unreachable" }] },
    "returned directory_unreachable",
    3,
  ],
  [
    "a bind without an answer that counted is denied, and not sent again",
    { bind: [broken], check: ["moved"] },
    "denied bad_credentials",
    1,
  ],
  [
    "a bind without an answer that did not count is sent once more",
    { bind: [broken, { kind: "accepted" }], check: ["unmoved"] },
    "accepted",
    2,
  ],
  [
    "whether it counted is asked until somebody can say",
    { bind: [broken, wrong], check: ["unknown", "unknown", "unmoved"] },
    "denied bad_credentials",
    2,
  ],
  [
    "a directory that is gone after the bind is waited for, and the attempt is not handed on",
    { find: [found, gone, gone, found], bind: [broken], check: ["moved"] },
    "denied bad_credentials",
    1,
  ],
];
for (const [name, script, end, binds] of plain) {
  test(name, async () => {
    const result = await run(script);
    assert.deepEqual([result.end, result.binds], [end, binds]);
  });
}

test("an empty password is denied before anything is asked", async () => {
  const { end, askedFirst } = await run({}, { password: "" });
  assert.equal(end, "denied bad_credentials");
  assert.deepEqual(askedFirst, []);
});

const unresolved: readonly (readonly [name: string, script: Script, binds: number])[] = [
  [
    "while nobody can say whether it counted, no second bind is sent",
    { bind: [broken], check: ["unknown"] },
    1,
  ],
  [
    "a controller that was too slow may still count: no second bind, although nothing moved yet",
    { bind: [{ kind: "unresolved", mayStillCount: true }], check: ["unmoved"] },
    1,
  ],
  ["after the second bind without an answer there is no third", { bind: [broken], check: ["unmoved"] }, 2],
  ["a directory that stays gone after the bind", { find: [found, gone], bind: [broken] }, 1],
];
for (const [name, script, binds] of unresolved) {
  test(`${name}; at the deadline it is unresolved`, async () => {
    const result = await run(script, { deadlineMs: 400 });
    assert.deepEqual([result.end, result.binds], ["unavailable bind_unresolved", binds]);
  });
}

test("a slow controller that counts it after all: denied, one bind", async () => {
  const script = {
    bind: [{ kind: "unresolved", mayStillCount: true }],
    check: ["unmoved", "unknown", "moved"],
  } as const;
  const { end, binds } = await run(script);
  assert.deepEqual([end, binds], ["denied bad_credentials", 1]);
});

test("under suspicion the suspected controller is asked first, and a bind that counted is not repeated", async () => {
  const { end, binds, askedFirst } = await run({ check: ["moved"] }, { suspicion });
  assert.deepEqual([end, binds], ["denied bad_credentials", 0]);
  assert.deepEqual(askedFirst, [suspicion.controller]);
});

test("under suspicion a bind that did not count is made up for", async () => {
  const { end, binds } = await run({ check: ["unmoved"], bind: [wrong] }, { suspicion });
  assert.deepEqual([end, binds], ["denied bad_credentials", 1]);
});

test("under suspicion without a controller the attempt goes back: somebody else may reach one", async () => {
  const { end, binds } = await run({ find: [gone] }, { suspicion });
  assert.deepEqual([end, binds], ["returned directory_unreachable", 0]);
});

test("the time since the grant goes on while it is asked again", async () => {
  const { checked } = await run({ check: ["unknown", "unknown", "moved"] }, { suspicion });
  const agos = checked.map(({ withinMs }) => withinMs);
  assert.equal(agos.length, 3);
  assert.ok((agos[2] ?? 0) >= suspicion.withinMs + 290, agos.join(", "));
});

test("its own bind is asked about with the marker from before it", async () => {
  const { checked, askedFirst } = await run({ bind: [broken], check: ["moved"] });
  assert.equal(checked[0]?.marker, account.marker);
  assert.deepEqual(askedFirst, [undefined, account.controller]);
});

function controllerName(text: string): ControllerName {
  assert.ok(isControllerName(text));
  return text;
}

function isControllerName(text: string): text is ControllerName {
  return text !== "";
}

function failureMarker(text: string): FailureMarker {
  assert.ok(isFailureMarker(text));
  return text;
}

function isFailureMarker(text: string): text is FailureMarker {
  return text !== "";
}
