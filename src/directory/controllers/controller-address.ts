/**
 * A controller's URL from the settings.
 *
 * @module
 */

import type { ControllerName } from "../../login/ports.ts";
import type { DirectoryOptions } from "../directory-options.ts";
import type { ControllerAddress } from "../ldap/secure-socket.ts";

const ldapsPort = 636;
const ldapPort = 389;
const portMax = 65_535;

/** @throws {Error} for what is not `ldaps://host[:port]`, or `ldap://host[:port]` with StartTLS: nothing is sent in clear. */
export function parseControllerUrl(
  url: string,
  options: Pick<DirectoryOptions, "startTls" | "tlsName">,
  { trust, lookup }: Pick<ControllerAddress, "trust" | "lookup">,
): ControllerAddress {
  const match = /^(ldaps?):\/\/(\[[0-9a-f:.]+\]|[^/?#@:\s[\]]+)(?::(\d{1,5}))?\/?$/i.exec(url);
  const [, scheme = "", hostText = "", portText] = match ?? [];
  const isLdaps = scheme.toLowerCase() === "ldaps";
  if (match === null) throw new Error("a controller is ldaps://host[:port] or ldap://host[:port]");
  if (!isLdaps && options.startTls !== true) throw new Error("a controller at ldap:// needs StartTLS");
  const host = hostText.replaceAll(/[[\]]/g, "");
  const port = portText === undefined ? (isLdaps ? ldapsPort : ldapPort) : Number(portText);
  if (port < 1 || port > portMax) throw new Error("a controller's port is from 1 to 65535");
  const name = `${hostText.toLowerCase()}:${port}`;
  if (!isControllerName(name)) throw new Error("a controller's name is too long");
  return {
    name,
    host,
    port,
    startTls: !isLdaps,
    tlsName: options.tlsName ?? host,
    trust,
    lookup,
  };
}

function isControllerName(text: string): text is ControllerName {
  return text.length <= 300;
}
