/**
 * The client's types are the server's: checked by the compiler, so that this file does not compile where they part.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { z } from "zod";
import type * as client from "../../../src/client/outcomes.ts";
import type * as requests from "../../../src/client/client.ts";
import type { Answers } from "../../../src/gateway/http/api/answers.ts";
import type {
  groupListRequest,
  loginRequest,
  passwordChangeRequest,
  passwordResetRequest,
  userSearchRequest,
} from "../../../src/gateway/http/api/requests.ts";
import type { ToldReason, ToldRefusal } from "../../../src/gateway/http/disclosure.ts";
import type { RequestErrorCode } from "../../../src/gateway/http/request-error.ts";
import type { Refusal } from "../../../src/login/operation.ts";
import type { Fault } from "../../../src/login/verdict.ts";

/** True where each may stand for the other. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
/** Written out, so that an intersection and an interface with the same fields are the same. */
type Flat<Value> = Value extends readonly (infer Item)[]
  ? readonly Flat<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: Flat<Value[Name]> }
    : Value;
type SameShape<A, B> = Same<Flat<A>, Flat<B>>;
/** Of a field that the client leaves open for what later gateways say. */
type Closed<Outcome, Field extends keyof Outcome, Known> = Omit<Outcome, Field> & Record<Field, Known>;
type Asked<Schema extends z.ZodType> = NoUndefined<z.input<Schema>>;
type NoUndefined<Value> = { [Name in keyof Value]: Exclude<Value[Name], undefined> };

const reasons: readonly true[] = [
  true satisfies Same<client.DenialReason, ToldReason>,
  true satisfies Same<client.ChangeRefusal, ToldRefusal>,
  true satisfies Same<client.Refusal, Refusal>,
  true satisfies Same<client.Fault, Fault>,
  true satisfies Same<client.ProblemCode, RequestErrorCode>,
];
const answers: readonly true[] = [
  true satisfies SameShape<client.Accepted, Answers["accepted"]>,
  true satisfies SameShape<Closed<client.Denied, "reason", ToldReason>, Answers["denied"]>,
  true satisfies SameShape<client.PasswordSet, Answers["passwordSet"]>,
  true satisfies SameShape<Closed<client.ChangeRefused, "reason", ToldRefusal>, Answers["changeRefused"]>,
  true satisfies SameShape<Closed<client.Refused, "reason", Refusal>, Answers["refused"]>,
  true satisfies SameShape<client.UserPage, Answers["userPage"]>,
  true satisfies SameShape<client.GroupPage, Answers["groupPage"]>,
  true satisfies SameShape<
    Closed<Omit<client.Rejected, "outcome" | "status">, "code", RequestErrorCode>,
    Answers["problem"]["error"]
  >,
];
const asked: readonly true[] = [
  true satisfies SameShape<requests.LoginRequest, Asked<typeof loginRequest>>,
  true satisfies SameShape<requests.PasswordChangeRequest, Asked<typeof passwordChangeRequest>>,
  true satisfies SameShape<requests.PasswordResetRequest, Asked<typeof passwordResetRequest>>,
  true satisfies SameShape<requests.ListRequest, Asked<typeof userSearchRequest>>,
  true satisfies SameShape<requests.ListRequest, Asked<typeof groupListRequest>>,
];

test("the client's types are the server's", () => {
  assert.ok([...reasons, ...answers, ...asked].every(Boolean));
});

test("types that differ are told apart", () => {
  const differ: readonly false[] = [
    false satisfies SameShape<{ readonly a?: string }, { readonly a: string }>,
    false satisfies Same<"a" | "b", "a">,
    false satisfies SameShape<{ readonly a: readonly string[] }, { readonly a: readonly number[] }>,
  ];
  assert.ok(differ.every((same) => !same));
});
