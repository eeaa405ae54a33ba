/**
 * What a connector for a cloud service often is: it dials out over one websocket, and checks one password after the other.
 *
 * This is the service; the connector is a process of its own.
 */

import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { WebSocketServer } from "ws";
import { driverOptions, serveDriver } from "../driver-side.ts";

const options = driverOptions();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
await once(server, "listening");
const address = server.address();
if (typeof address !== "object" || address === null) throw new Error("the server listens on no port");

const connecting = once(server, "connection");
const script = join(import.meta.dirname, "../turn-taking-connector.ts");
const child = fork(script, [process.argv[2] ?? "", String(address.port)], {
  execArgv: ["--disable-warning=ExperimentalWarning"],
});
const [socket] = await connecting;
const waiting = new Map<number, (isRight: boolean) => void>();
let logins = 0;
socket.on("message", (text: Buffer) => {
  const { id, isRight } = JSON.parse(text.toString());
  waiting.get(id)?.(isRight);
  waiting.delete(id);
});

serveDriver(
  options,
  (username) =>
    new Promise((resolve) => {
      const id = logins++;
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, username, password: options.password }));
    }),
  [child.pid ?? 0],
);
