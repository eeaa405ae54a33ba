/**
 * What came back, from untyped JSON to an outcome. Status and body have to say the same; what says anything else is no answer.
 *
 * @module
 */

import type {
  Accepted,
  ChangeRefused,
  Denied,
  GroupPage,
  PasswordSet,
  Refused,
  Rejected,
  Throttled,
  Unavailable,
  UserPage,
} from "./outcomes.ts";

export interface Received {
  readonly status: number;
  /** Undefined where it is no JSON. */
  readonly body: unknown;
  readonly retryAfterMs: number | undefined;
}

export type CommonOutcome = Throttled | Unavailable | Rejected;

/** @returns undefined where it is none of its kind. */
export type ReadAnswer<Outcome> = (received: Received) => Outcome | undefined;

type Fields = Readonly<Record<string, unknown>>;

const throttledRetryMs = 60_000;

export function readOutcome<Outcome>(received: Received, read: ReadAnswer<Outcome>): Outcome | CommonOutcome {
  return (
    read(received) ??
    readUnavailable(received) ??
    readRejected(received) ?? {
      outcome: "unavailable",
      fault: "bad_answer",
      detail: `status ${received.status}`,
    }
  );
}

export const readLogin: ReadAnswer<Accepted | Denied> = ({ status, body }) => {
  if (status === 200 && isEnd(body, "accepted") && isIdentity(body["identity"]))
    return body as Fields & Accepted;
  if (status === 401 && isEnd(body, "denied") && isText(body["reason"])) return body as Fields & Denied;
  return undefined;
};

export const readUserPage: ReadAnswer<UserPage | Refused> = (received) => {
  const { body } = received;
  if (!isDone(received) || !isFields(body)) return readRefused(received);
  return isList(body["users"], isUser) && isPage(body) ? (body as Fields & UserPage) : undefined;
};

export const readGroupPage: ReadAnswer<GroupPage | Refused> = (received) => {
  const { body } = received;
  if (!isDone(received) || !isFields(body)) return readRefused(received);
  return isList(body["groups"], isGroup) && isPage(body) ? (body as Fields & GroupPage) : undefined;
};

export const readPasswordReset: ReadAnswer<PasswordSet | Refused> = (received) =>
  isDone(received) ? (received.body as PasswordSet) : readRefused(received);

export const readPasswordChange: ReadAnswer<PasswordSet | ChangeRefused> = (received) =>
  isDone(received) ? (received.body as PasswordSet) : readRefused(received);

function readRefused({ status, body }: Received): Refused | undefined {
  return status === 422 && isEnd(body, "refused") && isText(body["reason"])
    ? (body as Fields & Refused)
    : undefined;
}

function readUnavailable({ status, body, retryAfterMs }: Received): Throttled | Unavailable | undefined {
  if (!isFields(body) || body["outcome"] !== "unavailable") return undefined;
  const { fault, attempt } = body;
  if (!isText(fault)) return undefined;
  if (status === 429 && isText(attempt)) {
    return { outcome: "throttled", attempt, retryAfterMs: retryAfterMs ?? throttledRetryMs };
  }
  if (status !== 503) return undefined;
  const known = {
    ...(isText(attempt) ? { attempt } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  return { outcome: "unavailable", fault, ...known };
}

function readRejected({ status, body }: Received): Rejected | undefined {
  if (status < 400 || status > 499 || !isFields(body) || !isFields(body["error"])) return undefined;
  const { code, message, field } = body["error"];
  if (!isText(code) || !isText(message)) return undefined;
  return { outcome: "rejected", status, code, message, ...(isText(field) ? { field } : {}) };
}

function isEnd(body: unknown, outcome: string): body is Fields {
  return isFields(body) && body["outcome"] === outcome && isText(body["attempt"]);
}

function isDone({ status, body }: Received): boolean {
  return status === 200 && isEnd(body, "done");
}

function isPage(body: Fields): boolean {
  return typeof body["truncated"] === "boolean" && (body["cursor"] === undefined || isText(body["cursor"]));
}

function isUser(value: unknown): boolean {
  return (
    isFields(value) &&
    isText(value["subjectId"]) &&
    isText(value["accountName"]) &&
    isFields(value["profile"])
  );
}

function isIdentity(value: unknown): boolean {
  return isUser(value) && isFields(value) && isList(value["groups"], isGroup) && isText(value["groupsRead"]);
}

function isGroup(value: unknown): boolean {
  return isFields(value) && isText(value["name"]);
}

function isList(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
