/**
 * LDAP connections for test set-up and for reading counters; one for each piece of work.
 *
 * @module
 */

import { Client } from "ldapts";

export interface LdapTarget {
  readonly url: string;
  readonly ca: string;
  /** Shown to servers that ask who connects. PEM. */
  readonly shown?: { readonly cert: string; readonly key: string };
  readonly name: string;
  readonly password: string;
}

const connectTimeoutMs = 10_000;
const operationTimeoutMs = 20_000;

/** Binds, works, unbinds. @throws {Error} what the server or ldapts says. */
export async function withLdap<T>(target: LdapTarget, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    url: target.url,
    tlsOptions: { ca: target.ca, ...target.shown },
    connectTimeout: connectTimeoutMs,
    timeout: operationTimeoutMs,
  });
  try {
    await client.bind(target.name, target.password);
    return await work(client);
  } finally {
    // The connection may be gone already; there is nothing to save then.
    await client.unbind().catch(() => {});
  }
}

/** All values of one attribute of one entry as text, none when the attribute is absent. */
export async function readValues(client: Client, dn: string, attribute: string): Promise<readonly string[]> {
  const { searchEntries } = await client.search(dn, { scope: "base", attributes: [attribute] });
  const value = searchEntries[0]?.[attribute];
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** As {@link readValues}, of an attribute that is no text. */
export async function readBytes(client: Client, dn: string, attribute: string): Promise<readonly Buffer[]> {
  const { searchEntries } = await client.search(dn, {
    scope: "base",
    attributes: [attribute],
    explicitBufferAttributes: [attribute],
  });
  const value = searchEntries[0]?.[attribute] ?? [];
  return [value].flat().map((one) => (typeof one === "string" ? Buffer.from(one) : one));
}
