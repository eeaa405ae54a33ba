/**
 * What each path of the API is sent: the schemas that requests are read with, and that the OpenAPI document is made of.
 *
 * The bounds of names and passwords stand in the document only. Requests are held to them after the schema, where each has an error
 * code of its own.
 *
 * @module
 */

import { z } from "zod";
import { accountNameLengthMax } from "../../../login/account-name.ts";
import { passwordLengthMax } from "../../../login/attempt.ts";
import { cursorLengthMax, pageSizeMax } from "../../../login/operation.ts";

const defaultPageSize = 50;

const connection = z
  .string()
  .optional()
  .meta({
    description: "The directory that is asked. It may be left out where the gateway has only one.",
    examples: ["corp"],
  });
const username = z.string().meta({
  description: "As the person typed it: a short name, `DOMAIN\\name`, a principal name or a mail address.",
  minLength: 1,
  maxLength: accountNameLengthMax,
  examples: ["ada", "EXAMPLE\\ada", "ada@example.com"],
});

function password(description: string) {
  const bounds = { minLength: 1, maxLength: passwordLengthMax, format: "password", writeOnly: true };
  return z.string().meta({ description, ...bounds, examples: ["correct horse battery staple"] });
}

export const loginRequest = z
  .strictObject({
    connection,
    username,
    password: password("As the person typed it. It is never trimmed or folded."),
    live: z.boolean().default(false).meta({
      description:
        "Nothing but an answer of the directory itself will do: the cache is not asked during an outage.",
    }),
  })
  .meta({ id: "LoginRequest", description: "Somebody's name and password." });

export const certificateRequest = z.strictObject({ connection }).meta({
  id: "CertificateLoginRequest",
  description: "Who logs in, the certificate of the connection says.",
});

export const negotiateQuery = z.object({ connection });

const page = {
  pageSize: z
    .int()
    .min(1)
    .max(pageSizeMax)
    .default(defaultPageSize)
    .meta({
      description: "The most that one answer lists.",
      examples: [defaultPageSize],
    }),
  cursor: z.string().max(cursorLengthMax).optional().meta({
    description: "`cursor` of the answer before, with the same `text`, for the page after it.",
  }),
};

function text(whose: string) {
  return z
    .string()
    .max(accountNameLengthMax)
    .default("")
    .meta({ description: `What ${whose} begins with, in any case; everything where it is empty.` });
}

export const userSearchRequest = z
  .strictObject({ connection, text: text("a person's name, account name or mail address"), ...page })
  .meta({ id: "UserSearchRequest", examples: [{ connection: "corp", text: "lovel" }] });

export const groupListRequest = z
  .strictObject({ connection, text: text("a group's name"), ...page })
  .meta({ id: "GroupListRequest", examples: [{ connection: "corp", text: "eng" }] });

export const passwordChangeRequest = z
  .strictObject({
    connection,
    username,
    oldPassword: password("The one that the person has now, expired or not: it proves who they are."),
    newPassword: password("The one that they want."),
  })
  .meta({ id: "PasswordChangeRequest" });

export const passwordResetRequest = z
  .strictObject({
    connection,
    username,
    newPassword: password("The one that the person gets."),
    mustChange: z.boolean().default(false).meta({
      description: "The person has to change it at the next login.",
    }),
    unlock: z.boolean().default(false).meta({ description: "A lockout of the account ends." }),
  })
  .meta({ id: "PasswordResetRequest" });
