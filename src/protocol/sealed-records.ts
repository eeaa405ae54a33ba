/**
 * Records on the bus that nobody but those who have the secret can read, make or change: AES-256-GCM, bound to the subject and to the
 * place of the record among those of its process.
 *
 * Gateways and connectors have secrets of their own, so that neither can write in the other's name. Each process has a key of its own
 * too, made from the secret and its id, and the record's number is the nonce: the same one sealed again is the same bytes, and no two are
 * sealed under one nonce.
 *
 * What whoever controls the bus still can: keep records back, and bring old ones again. Both shows by the numbers.
 *
 * @module
 */

import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { pad, unpad } from "./padding.ts";
import { stateSecretBytesMin } from "./sealed-store.ts";
import { isProcessId } from "./subjects.ts";
import type { ProcessId } from "./subjects.ts";

export interface NumberedRecord {
  readonly process: ProcessId;
  /** From 1. */
  readonly sequence: number;
  readonly text: string;
}

const processBytes = 16;
const sequenceBytes = 6;
const headBytes = processBytes + sequenceBytes;
const nonceBytes = 12;
const tagBytes = 16;

export type SealRecord = (subject: string, record: NumberedRecord) => Buffer;
/** @returns undefined for what nobody who has the secret wrote for this subject. */
export type OpenRecord = (subject: string, payload: Uint8Array) => NumberedRecord | undefined;

/** @param secret  32 bytes or more. */
export function createRecordSealer(secret: Uint8Array): SealRecord {
  const records = recordKey(secret);
  return (subject, { process, sequence, text }) => {
    const head = Buffer.alloc(headBytes);
    head.write(process, "ascii");
    head.writeUIntBE(sequence, processBytes, sequenceBytes);
    const cipher = createCipheriv("aes-256-gcm", processKey(records, process), nonceOf(head));
    cipher.setAAD(associatedData(subject));
    return Buffer.concat([head, cipher.update(pad(Buffer.from(text))), cipher.final(), cipher.getAuthTag()]);
  };
}

export function createRecordOpener(secrets: readonly Uint8Array[]): OpenRecord {
  const ring = secrets.map(recordKey);
  return (subject, payload) => {
    const bytes = Buffer.from(payload);
    const process = bytes.subarray(0, processBytes).toString("latin1");
    if (bytes.length < headBytes + tagBytes || !isProcessId(process)) return undefined;
    const head = bytes.subarray(0, headBytes);
    for (const records of ring) {
      const text = open(processKey(records, process), head, bytes.subarray(headBytes), subject);
      if (text !== undefined)
        return { process, sequence: head.readUIntBE(processBytes, sequenceBytes), text };
    }
    return undefined;
  };
}

function open(key: Buffer, head: Buffer, sealed: Buffer, subject: string): string | undefined {
  const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(head), { authTagLength: tagBytes });
  decipher.setAAD(associatedData(subject));
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  try {
    const padded = Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]);
    return Buffer.from(unpad(padded)).toString("utf8");
  } catch {
    return undefined;
  }
}

function recordKey(secret: Uint8Array): KeyObject {
  if (secret.length < stateSecretBytesMin) throw new Error("a secret of 32 bytes or more is needed");
  return createSecretKey(Buffer.from(hkdfSync("sha256", secret, "", "drawbridge.v1 audit", 32)));
}

function processKey(records: KeyObject, process: ProcessId): Buffer {
  return createHmac("sha256", records).update(process).digest();
}

function nonceOf(head: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(nonceBytes - sequenceBytes), head.subarray(processBytes)]);
}

function associatedData(subject: string): Buffer {
  return Buffer.from(`drawbridge.v1 audit\n${subject}`);
}
