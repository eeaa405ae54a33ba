/**
 * The connector of the driver of this name: one websocket, and a line of logins, or of binds, that are done one after the other.
 */

import { WebSocket } from "ws";
import { driverOptions } from "./driver-side.ts";
import { openLdap, Turns } from "./ldap-login.ts";

const options = driverOptions();
const [search, bind] = await Promise.all([openLdap(options), openLdap(options)]);
const logins = new Turns(Array.from({ length: options.turns === "binds" ? 1_024 : 1 }, (_, index) => index));
const binds = new Turns([bind]);

const socket = new WebSocket(`ws://127.0.0.1:${process.argv[3]}`);
process.on("disconnect", () => process.exit());
socket.on("message", (text: Buffer) => {
  const { id, username, password } = JSON.parse(text.toString());
  void logins
    .with(() => logIn(username, password))
    .then((isRight) => socket.send(JSON.stringify({ id, isRight })));
});

async function logIn(username: string, password: string): Promise<boolean> {
  const distinguishedName = await search.find(username);
  if (distinguishedName === undefined) return false;
  const isRight = await binds.with((one) => one.check(distinguishedName, password));
  return isRight && (await search.groupsOf(username, distinguishedName)) >= 0;
}
