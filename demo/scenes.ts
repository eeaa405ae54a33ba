/**
 * The scenes of the story. Each one does something to the running system and holds the answer to what it claims.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { LoginAnswer } from "../test/support/drawbridge.ts";
import type { LogRecord } from "../test/support/program.ts";
import { people } from "../test/support/people.ts";
import type { Narrator } from "./narrator.ts";
import type { Stage } from "./stage.ts";

type Scene = (stage: Stage, narrator: Narrator) => Promise<void>;

const wrongPassword = "Enchantress-of-1834";
const slowLineMs = 100;
const logTimeoutMs = 2_000;

export const scenes: readonly Scene[] = [
  adaLogsIn,
  graceMistypes,
  rightPasswordsThatAreNotEnough,
  aReplicaDies,
  aReplicaDiesWithAWrongPassword,
  whatTheBusSaw,
];

async function adaLogsIn({ directory, system: { gateway } }: Stage, narrator: Narrator): Promise<void> {
  narrator.scene("1. Ada Lovelace logs in");
  const answer = await gateway.login({ username: "ada@example.test", password: directory.password });
  narrator.answer(describe(answer));
  expectAnswer(answer, 200, { outcome: "accepted" });
  const { displayName, title, mail, groups } = readIdentity(answer);
  narrator.say(`${displayName}, ${title}, ${mail}`);
  narrator.say(`Groups: ${groups.join(", ")}`);
  assert.equal(displayName, "Ada Lovelace");
  for (const group of ["Engineers", "Technology", "Staff", "Domain Users"]) {
    assert.ok(groups.includes(group), `Ada should be in ${group}`);
  }
  narrator.say("She was put into Engineers only. Engineers is in Technology, and that is in Staff.");
}

async function graceMistypes({ directory, system: { gateway } }: Stage, narrator: Narrator): Promise<void> {
  narrator.scene("2. Grace Hopper mistypes her password");
  const before = await directory.badPwdCount("grace");
  const answer = await gateway.login({ username: "grace", password: wrongPassword });
  const after = await directory.badPwdCount("grace");
  narrator.answer(describe(answer));
  expectAnswer(answer, 401, { outcome: "denied", reason: "bad_credentials" });
  assert.deepEqual([before, after], [0, 1]);
  narrator.say(
    `The directory counts her mistakes, and locks her out after three: ${before} before, ${after} now.`,
  );
}

async function rightPasswordsThatAreNotEnough(
  { directory, system: { gateway } }: Stage,
  narrator: Narrator,
): Promise<void> {
  narrator.scene("3. Three right passwords that are not enough");
  for (const [username, reason] of [
    ["charles", "account_disabled"],
    ["george", "account_expired"],
    ["luigi", "account_locked"],
  ] as const) {
    const answer = await gateway.login({ username, password: directory.password });
    narrator.answer(`${fullName(username).padEnd(16)} ${describe(answer)}`);
    expectAnswer(answer, 401, { outcome: "denied", reason });
  }
}

async function aReplicaDies(stage: Stage, narrator: Narrator): Promise<void> {
  const { directory } = stage;
  narrator.scene("4. A replica is killed with Ada's login in its hands");
  narrator.say(
    `The line to the directory is slow now: ${slowLineMs} ms each way, so that there is time for it.`,
  );
  const { answer, heir } = await loginThroughADeath(stage, narrator, "ada@example.test", directory.password);
  narrator.answer(`${describe(answer)}, by ${heir}`);
  expectAnswer(answer, 200, { outcome: "accepted" });
  assert.equal(readIdentity(answer).displayName, "Ada Lovelace");
}

async function aReplicaDiesWithAWrongPassword(stage: Stage, narrator: Narrator): Promise<void> {
  narrator.scene("5. The same again, with Grace's wrong password");
  narrator.say("Had the dead replica sent it to the directory already? The next one asks before it tries.");
  const before = await stage.directory.badPwdCount("grace");
  const { answer, heir } = await loginThroughADeath(stage, narrator, "grace", wrongPassword);
  const counted = (await stage.directory.badPwdCount("grace")) - before;
  narrator.answer(`${describe(answer)}, by ${heir}`);
  expectAnswer(answer, 401, { outcome: "denied", reason: "bad_credentials" });
  assert.equal(counted, 1, "the directory should have counted one mistake");
  narrator.say("One mistake, and the directory has counted one.");
}

async function whatTheBusSaw({ directory, system: { capture } }: Stage, narrator: Narrator): Promise<void> {
  narrator.scene("6. What an eavesdropper on NATS has seen of all this");
  const seen = await capture.everything();
  assert.ok(capture.messages.length > 0);
  // "ada" alone would be found by chance in so much base64.
  const names = people
    .flatMap(({ account, surname }) => [account, surname])
    .filter(({ length }) => length > 4);
  for (const text of [
    directory.password,
    wrongPassword,
    directory.serviceAccount.password,
    "@example.test",
    ...names,
  ]) {
    assert.ok(!seen.includes(text), "the bus carried a password or a name");
  }
  const sizeKb = Math.ceil(seen.length / 1_024);
  narrator.say(`${capture.messages.length} messages, ${sizeKb} KB. Passwords in them: none. Names: none.`);
}

interface LoginThroughADeath {
  readonly answer: LoginAnswer;
  /** The name of the replica that took over. */
  readonly heir: string;
}

/** Starts a login over a slow line and kills the replica that was granted it. */
async function loginThroughADeath(
  { system }: Stage,
  narrator: Narrator,
  username: string,
  password: string,
): Promise<LoginThroughADeath> {
  const { gateway, controllerLine, replicas } = system;
  controllerLine.delay(slowLineMs);
  try {
    const granted = system.nextGrant();
    const answering = gateway.login({ username, password });
    const victim = await Promise.race([granted, answering.then(tooEarly)]);
    await victim.program.kill();
    narrator.say(`The login was granted to ${victim.program.name}: kill -9 ${victim.program.pid}`);
    const answer = await answering;
    const heir = await Promise.any(
      replicas
        .filter((replica) => replica !== victim)
        .map(async ({ program }) => {
          await program.findLog((record) => endsAttempt(record, answer.body["attempt"]), logTimeoutMs);
          return program;
        }),
    );
    return { answer, heir: heir.name };
  } finally {
    controllerLine.heal();
  }
}

function endsAttempt({ msg, attempt }: LogRecord, id: unknown): boolean {
  return msg === "verification_ended" && attempt === id;
}

function tooEarly(): never {
  throw new Error("the login was answered before its replica could be killed");
}

function expectAnswer(answer: LoginAnswer, status: number, body: Readonly<Record<string, string>>): void {
  const { outcome, reason, fault, error } = answer.body;
  assert.partialDeepStrictEqual(
    { status: answer.status, outcome, reason, fault, error },
    { status, ...body },
  );
}

function describe({ status, body, tookMs }: LoginAnswer): string {
  const why = body["reason"] ?? body["fault"];
  return `HTTP ${status} ${body["outcome"]}${why === undefined ? "" : `: ${why}`} (${Math.round(tookMs)} ms)`;
}

interface ShownIdentity {
  readonly displayName: string;
  readonly title: string;
  readonly mail: string;
  readonly groups: readonly string[];
}

/** Takes from the answer's JSON what the story shows. @throws {Error} when it has no identity. */
function readIdentity({ body }: LoginAnswer): ShownIdentity {
  const identity = asRecord(body["identity"]);
  const profile = asRecord(identity["profile"]);
  const groups: readonly unknown[] = Array.isArray(identity["groups"]) ? identity["groups"] : [];
  return {
    displayName: String(profile["displayName"]),
    title: String(profile["title"]),
    mail: String(profile["mail"]),
    groups: groups.map((group) => String(asRecord(group)["name"])).toSorted(),
  };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  assert.ok(typeof value === "object" && value !== null, "the answer has no such part");
  return { ...value };
}

function fullName(username: string): string {
  return people.find(({ account }) => account === username)?.commonName ?? username;
}
