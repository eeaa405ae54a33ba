/**
 * What the API answers: the schemas that the OpenAPI document is made of, and the types of what the routes send.
 *
 * Answers may get more fields and more reasons; what is here keeps its meaning.
 *
 * @module
 */

import { z } from "zod";
import { passwordStatuses } from "../../../login/password-state.ts";
import { refusals } from "../../../login/operation.ts";
import { faults } from "../../../login/verdict.ts";
import { toldReasons, toldRefusals } from "../disclosure.ts";
import { requestErrors } from "../request-error.ts";
import type { RequestErrorCode } from "../request-error.ts";

const attempt = z.string().meta({
  description: "Id of this request, in every log on the way: `drawbridge explain` tells what became of it.",
  pattern: "^[A-Za-z0-9_-]{22}$",
  examples: ["mWq3xYt0Rk2o9JpZb1c7Vg"],
});
const sid = z.exactOptional(z.string()).meta({
  description: "Security identifier; only Active Directory has one.",
  examples: ["S-1-5-21-1004336348-1177238915-682003330-1105"],
});

const group = z
  .object({ name: z.string(), distinguishedName: z.exactOptional(z.string()), sid })
  .meta({ id: "Group", examples: [{ name: "Engineers" }] });

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const user = z
  .object({
    subjectId: z.string().meta({
      description:
        "The only field to key anything on: it survives renames and moves. Names and mail addresses change owners.",
      examples: ["7b0c1d4e-5f60-4718-9a2b-3c4d5e6f7081"],
    }),
    accountName: z.string().meta({ description: "As the directory spells it.", examples: ["ada"] }),
    distinguishedName: z.string().meta({ examples: ["CN=Ada Lovelace,OU=People,DC=example,DC=com"] }),
    sid,
    profile: z.record(z.string(), z.union([scalar, z.array(scalar)])).meta({
      description: "What the connector's `directory.profile` maps; what has no value is not in it.",
      examples: [{ displayName: "Ada Lovelace", mail: "ada@example.com" }],
    }),
  })
  .meta({ id: "User", description: "A person, as a search shows them." });

const identity = z
  .object({
    ...user.shape,
    groups: z.array(group),
    groupsRead: z.enum(["complete", "incomplete"]).meta({
      description: "`incomplete` where the time or size limit for reading groups was reached.",
    }),
  })
  .meta({ id: "Identity", description: "Who an accepted person is, as the directory describes them." });

const passwordState = z
  .object({
    status: z.enum(passwordStatuses).meta({
      description:
        "`expired` and `must_change` are accepted only where the connector's settings, or a grace login, let them in.",
    }),
    expiresAt: z.exactOptional(z.iso.datetime()).meta({
      description: "In UTC. Absent where it never expires, or where nobody can tell.",
    }),
    expiresInDays: z.exactOptional(z.int().min(0)).meta({ description: "The whole days until then." }),
  })
  .meta({ id: "PasswordState", description: "How old the password is, as far as the directory says." });

const acceptedAnswer = z
  .object({
    outcome: z.literal("accepted"),
    attempt,
    identity,
    source: z.exactOptional(z.literal("cache")).meta({
      description: "No directory could be asked, and the cache answered. Absent where the directory did.",
    }),
    password: z.exactOptional(passwordState),
  })
  .meta({ id: "Accepted", description: "The right person." });

const deniedAnswer = z
  .object({
    outcome: z.literal("denied"),
    attempt,
    reason: z.enum(toldReasons).meta({
      description:
        "Why, as far as it may be told: `bad_credentials` is also said of names that nobody has. See the reference of errors for each.",
    }),
  })
  .meta({ id: "Denied", description: "The directory said no." });

const faultField = z.enum(faults);

const unavailableAnswer = z
  .object({
    outcome: z.literal("unavailable"),
    attempt: z.exactOptional(attempt),
    fault: faultField.meta({
      description: "Which part could not answer. People are told only to try again.",
    }),
  })
  .meta({ id: "Unavailable", description: "Nobody could say. It is no denial." });

const throttledAnswer = z
  .object({ outcome: z.literal("unavailable"), attempt, fault: z.literal("throttled") })
  .meta({
    id: "Throttled",
    description:
      "Too many wrong passwords for this account or from this address. Nothing was asked of the directory.",
  });

const page = {
  cursor: z.exactOptional(z.string()).meta({ description: "For the next page; absent on the last." }),
  truncated: z.boolean().meta({
    description: "There are more matches than are ever listed: a longer `text` finds the rest.",
  }),
};
const done = { outcome: z.literal("done"), attempt };

const userPageAnswer = z.object({ ...done, users: z.array(user), ...page }).meta({ id: "UserPage" });
const groupPageAnswer = z.object({ ...done, groups: z.array(group), ...page }).meta({ id: "GroupPage" });
const passwordSetAnswer = z
  .object(done)
  .meta({ id: "PasswordSet", description: "The new password is the person's." });

const refusedAnswer = z
  .object({ outcome: z.literal("refused"), attempt, reason: z.enum(refusals) })
  .meta({ id: "Refused", description: "The directory, or the connector's settings, said no." });
const changeRefusedAnswer = z
  .object({ outcome: z.literal("refused"), attempt, reason: z.enum(toldRefusals) })
  .meta({
    id: "ChangeRefused",
    description: "The directory said no. `wrong_old_password` is also said of names that nobody has.",
  });

const codes = Object.keys(requestErrors) as [RequestErrorCode, ...RequestErrorCode[]];

const problemAnswer = z
  .object({
    error: z.object({
      code: z.enum(codes).meta({ description: "Stable: to be switched on." }),
      message: z.string().meta({ description: "For whoever writes the application. It may change." }),
      field: z
        .exactOptional(z.string())
        .meta({ description: "The field that is meant.", examples: ["pageSize"] }),
    }),
  })
  .meta({ id: "Problem", description: "The request could not be worked on. Nothing was asked of anybody." });

export const answers = {
  accepted: acceptedAnswer,
  denied: deniedAnswer,
  unavailable: unavailableAnswer,
  throttled: throttledAnswer,
  userPage: userPageAnswer,
  groupPage: groupPageAnswer,
  passwordSet: passwordSetAnswer,
  refused: refusedAnswer,
  changeRefused: changeRefusedAnswer,
  problem: problemAnswer,
} as const;

/** What a route sends, by the name of its schema. */
export type Answers = { readonly [Name in keyof typeof answers]: Sent<z.output<(typeof answers)[Name]>> };

type Sent<Value> = Value extends readonly (infer Item)[]
  ? readonly Sent<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: Sent<Value[Name]> }
    : Value;
