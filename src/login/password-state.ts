/**
 * How old an accepted person's password is, as far as the directory says.
 *
 * @module
 */

export const passwordStatuses = ["valid", "expired", "must_change"] as const;

/**
 * - `valid`: nothing is the matter with it.
 * - `expired`: past its age. Accepted all the same, because the directory granted a grace login or the settings say so.
 * - `must_change`: to be changed at the first login. Accepted all the same, because the settings say so.
 */
export type PasswordStatus = (typeof passwordStatuses)[number];

export interface PasswordState {
  readonly status: PasswordStatus;
  /** RFC 3339 in UTC. Absent where it never expires, or where nobody can tell. */
  readonly expiresAt?: string;
}

/** What is known of it from two sources; the first one's word counts where both have one. */
export function joinPasswordStates(
  first: PasswordState | undefined,
  second: PasswordState | undefined,
): PasswordState | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return { ...second, ...first };
}
