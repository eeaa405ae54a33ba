/**
 * Starts one server of each kind, prints their process ids as JSON, and waits to be killed.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { startNats } from "../../support/nats-server.ts";
import { startSamba } from "../../support/samba.ts";
import { startSlapd } from "../../support/slapd.ts";

const waitMs = 60_000;

const nats = await startNats();
const slapd = await startSlapd();
const samba = await startSamba();
console.log(JSON.stringify([...nats.nodes.map(({ pid }) => pid), slapd.pid, samba.pid]));
await sleep(waitMs);
