/**
 * Logs in at a gateway, as an application does, by an HTTP client that costs little.
 */

import { driverOptions, serveDriver } from "../driver-side.ts";
import { KeptConnections } from "../kept-connections.ts";

const options = driverOptions();
const { connection, password } = options;
const http = new KeptConnections(new URL(options.url));

serveDriver(options, async (username) => {
  const { status, body } = await http.post(JSON.stringify({ connection, username, password }));
  if (status !== 200) throw new Error(`HTTP ${status} ${body}`);
  return true;
});
