/**
 * Which directory somebody is in, where there are several.
 *
 * @module
 */

import type { AccountName } from "../../../login/account-name.ts";
import type { ConnectionName } from "../../../login/attempt.ts";
import type { Networks } from "../networks.ts";

export interface LoginConnection {
  readonly name: ConnectionName;
  /** As people read it. */
  readonly label: string;
  /** Domains of the mail addresses of its people, in lower case. */
  readonly mailDomains: readonly string[];
}

/**
 * @param chosen  What the person picked; empty to be found by the mail address.
 * @returns undefined where nothing tells: then the person has to choose.
 */
export function chooseConnection(
  candidates: readonly LoginConnection[],
  chosen: string,
  name: AccountName,
): LoginConnection | undefined {
  const [only] = candidates;
  if (candidates.length === 1) return only;
  if (chosen !== "") return candidates.find((one) => one.name === chosen);
  if (name.form !== "principal") return undefined;
  const domain = name.suffix.toLowerCase();
  const found = candidates.filter(({ mailDomains }) => mailDomains.includes(domain));
  return found.length === 1 ? found[0] : undefined;
}

/**
 * Whose ticket is asked for from this address. No other directory may see it: its connectors could use it before us. So where several
 * take tickets from there, none is asked for.
 */
export function connectionOfTickets(
  candidates: readonly LoginConnection[],
  networks: ReadonlyMap<ConnectionName, Networks>,
  address: string,
): LoginConnection | undefined {
  const found = candidates.filter(({ name }) => networks.get(name)?.has(address) === true);
  return found.length === 1 ? found[0] : undefined;
}
