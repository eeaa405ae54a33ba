/**
 * What a change of a password needs on the wire and the LDAP library does not have.
 *
 * @module
 */

import { BerWriter, Control } from "ldapts";
import type { Secret } from "../../login/secret.ts";

/** RFC 3062 §2. */
export const modifyPasswordOid = "1.3.6.1.4.1.4203.1.11.1";

/** The control's two numbers: the later replaces the earlier. */
export const policyHintsOids = ["1.2.840.113556.1.4.2239", "1.2.840.113556.1.4.2066"] as const;
export type PolicyHintsOid = (typeof policyHintsOids)[number];

export class PolicyHintsControl extends Control {
  constructor(oid: PolicyHintsOid) {
    super(oid, { critical: true });
  }

  override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(1);
    value.endSequence();
    writer.writeBuffer(value.buffer, octetString);
  }
}

const octetString = 0x04;
/** RFC 3062 §2: the context tags of `PasswdModifyRequestValue`. */
const [userIdentity, oldPasswd, newPasswd] = [0x80, 0x81, 0x82] as const;

export function passwordModification(
  name: string,
  oldPassword: Secret | undefined,
  newPassword: Secret,
): Buffer {
  const value = new BerWriter();
  value.startSequence();
  value.writeString(name, userIdentity);
  if (oldPassword !== undefined) value.writeString(oldPassword.reveal(), oldPasswd);
  value.writeString(newPassword.reveal(), newPasswd);
  value.endSequence();
  return value.buffer;
}
