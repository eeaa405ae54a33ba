/**
 * Reads what JetStream answers: JSON with a result or a numbered error.
 *
 * @see https://github.com/nats-io/nats-server/blob/main/server/errors.json
 *
 * @module
 */

/** The errors that are told apart; every other one means that the server could not do it. */
export const jetStreamErrors = {
  noMessageFound: 10_037,
  streamNameInUse: 10_058,
  streamNotFound: 10_059,
  wrongLastSequence: 10_071,
  replicasNotSupported: 10_074,
} as const;

/** The members that are used; each absent where the server did not say it. */
export interface ApiAnswer {
  readonly errorCode?: number;
  readonly sequence?: number;
  /** A message of this id was there already, and this one was not stored. */
  readonly isDuplicate?: boolean;
  readonly message?: StoredMessage;
  /** Numbers of the first and the last message of a stream. */
  readonly state?: { readonly first: number; readonly last: number };
  /** How a stream was made. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface StoredMessage {
  readonly sequence: number;
  readonly subject: string;
  /** When the servers got it, in milliseconds since 1970. */
  readonly atMs: number;
  readonly headers: string;
  readonly data: Uint8Array;
}

/** @returns undefined for what is no answer of JetStream's. */
export function parseApiAnswer(payload: Uint8Array): ApiAnswer | undefined {
  const answer = parseObject(payload);
  if (answer === undefined) return undefined;
  const errorCode = numberOf(objectOf(answer["error"])?.["err_code"]);
  const sequence = numberOf(answer["seq"]);
  const message = storedMessage(objectOf(answer["message"]));
  const state = streamState(objectOf(answer["state"]));
  const config = objectOf(answer["config"]);
  return {
    ...(answer["error"] === undefined ? {} : { errorCode: errorCode ?? 0 }),
    ...(sequence === undefined ? {} : { sequence }),
    ...(answer["duplicate"] === true ? { isDuplicate: true } : {}),
    ...(message === undefined ? {} : { message }),
    ...(state === undefined ? {} : { state }),
    ...(config === undefined ? {} : { config }),
  };
}

function storedMessage(message: Readonly<Record<string, unknown>> | undefined): StoredMessage | undefined {
  const sequence = numberOf(message?.["seq"]);
  if (message === undefined || sequence === undefined) return undefined;
  return {
    sequence,
    subject: textOf(message["subject"]),
    atMs: Date.parse(textOf(message["time"])),
    headers: Buffer.from(textOf(message["hdrs"]), "base64").toString("latin1"),
    data: Buffer.from(textOf(message["data"]), "base64"),
  };
}

function streamState(state: Readonly<Record<string, unknown>> | undefined): ApiAnswer["state"] | undefined {
  const [first, last] = [numberOf(state?.["first_seq"]), numberOf(state?.["last_seq"])];
  return first === undefined || last === undefined ? undefined : { first, last };
}

function parseObject(payload: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    return objectOf(JSON.parse(Buffer.from(payload).toString("utf8")));
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
