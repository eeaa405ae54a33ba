/**
 * Logs in at a gateway, as an application does, by an HTTP client that costs little.
 */

import { driverOptions, serveDriver } from "../driver-side.ts";
import { KeptConnections } from "../kept-connections.ts";

const options = driverOptions();
const { connections = [], certificates = [], password } = options;
let logins = 0;
const http = new KeptConnections(new URL(options.url));

serveDriver(options, async (username) => {
  const connection = connections[logins % connections.length];
  const certificate = certificates[logins % certificates.length];
  logins += 1;
  const { status, body } =
    certificate === undefined
      ? await http.post(JSON.stringify({ connection, username, password }))
      : await http.post("", `client-cert: ${certificate}\r\n`);
  if (status !== 200) throw new Error(`HTTP ${status} ${body}`);
  return true;
});
