/**
 * `users.conf`: who may connect to the NATS servers, one line a user.
 *
 * @module
 */

export const natsPrograms = ["connector", "gateway", "auditor"] as const;
export type NatsProgram = (typeof natsPrograms)[number];

export const natsUsersFile = "users.conf";

export function natsUsersText(publicKeys: Readonly<Record<NatsProgram, string>>): string {
  return `# Written by drawbridge keys; belongs beside drawbridge.conf. After a change: nats-server --signal reload
include "connector-permissions.conf"
include "gateway-permissions.conf"
include "auditor-permissions.conf"
authorization {
  timeout: 3
  users: [
${userLine("connector", publicKeys.connector)}
${userLine("gateway", publicKeys.gateway)}
${userLine("auditor", publicKeys.auditor)}
  ]
}
`;
}

/** The public keys of one program's users. */
export function natsUsersOf(text: string, program: NatsProgram): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const found = userPattern.exec(line);
    return found?.[2] === program.toUpperCase() ? [found[1] ?? ""] : [];
  });
}

/** @returns undefined where there is no line of this program to put it under. */
export function withNatsUser(text: string, program: NatsProgram, publicKey: string): string | undefined {
  const lines = text.split("\n");
  const last = lines.findLastIndex((line) => userPattern.exec(line)?.[2] === program.toUpperCase());
  return last < 0 ? undefined : lines.toSpliced(last + 1, 0, userLine(program, publicKey)).join("\n");
}

export function withoutNatsUser(text: string, publicKey: string): string {
  return text
    .split("\n")
    .filter((line) => userPattern.exec(line)?.[1] !== publicKey)
    .join("\n");
}

const userPattern =
  /^\s*\{\s*nkey:\s*(U[A-Z2-7]{55})\s*,\s*permissions:\s*\$(CONNECTOR|GATEWAY|AUDITOR)_PERMISSIONS\s*\}/;

function userLine(program: NatsProgram, publicKey: string): string {
  return `    { nkey: ${publicKey}, permissions: $${program.toUpperCase()}_PERMISSIONS }`;
}
