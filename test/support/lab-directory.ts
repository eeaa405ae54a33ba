/**
 * What tests may ask of a real directory server, whichever product it is.
 *
 * @module
 */

import type { Client } from "ldapts";
import type { accounts } from "./people.ts";
import type { Authority } from "./pki.ts";

export interface LabDirectory extends AsyncDisposable {
  readonly preset: "active-directory" | "openldap";
  /** `ldaps://127.x.y.z` */
  readonly url: string;
  /** `ldap://127.x.y.z`, where StartTLS is spoken. */
  readonly startTlsUrl: string;
  readonly address: string;
  /** PEM. A second controller is started with the same authority, because a connection has one CA file. */
  readonly ca: string;
  readonly caFile: string;
  readonly authority: Authority;
  readonly baseDn: string;
  readonly peopleDn: string;
  /** The NetBIOS name that stands in `DOMAIN\user`; only Active Directory has one. */
  readonly domain?: string;
  readonly serviceAccount: {
    readonly name: string;
    readonly password: string;
    readonly passwordFile: string;
  };
  /** Everybody's right password. */
  readonly password: string;
  readonly accounts: typeof accounts;
  readonly pid: number;
  /** The person's distinguished name. @throws {Error} when nobody has that account. */
  distinguishedName(account: string): string;
  /** Does something on a connection of its own, bound as the directory's administrator. */
  asAdministrator<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** Takes back a lockout and the failures counted so far. */
  unlock(account: string): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** SIGKILL; the data stays for {@link restart}. */
  kill(): Promise<void>;
  /** Starts the server again on the same address with the same data, after `kill` or while it runs. */
  restart(): Promise<void>;
}
