/**
 * Loopback addresses of our own.
 *
 * LDAP's ports are fixed in Samba, so each server gets a whole address in 127.0.0.0/8 instead of a port: 16 million of
 * them, so that test files which run at the same time do not meet.
 *
 * @module
 */

import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

const triesMax = 20;

/** @throws {Error} when none of some tries has all the ports free, as when another program listens on every address. */
export async function findFreeAddress(ports: readonly number[]): Promise<string> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const address = `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(1, 255)}`;
    const free = await Promise.all(ports.map((port) => isFree(address, port)));
    if (free.every(Boolean)) return address;
  }
  throw new Error(
    `no loopback address has the ports ${ports.join(", ")} free, or this user may not open them`,
  );
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
