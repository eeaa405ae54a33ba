/**
 * A tool on the bus, as the program of this configuration: it looks, and is gone again.
 *
 * @module
 */

import { BusCredentials } from "../bus/bus-credentials.ts";
import { connectBus } from "../bus/connect-bus.ts";
import type { NatsBus } from "../bus/connect-bus.ts";
import type { Config } from "../config/schema.ts";
import type { NatsSecrets } from "../config/secrets.ts";

const connectTimeoutMs = 5_000;

/** @param tool  Its name, as NATS servers list it. @returns undefined where no server lets this user in. */
export function visitBus(config: Config, secrets: NatsSecrets, tool: string): Promise<NatsBus | undefined> {
  const options = {
    servers: config.nats.servers,
    name: `drawbridge ${tool}`,
    credentials: new BusCredentials(secrets),
    observe: () => {},
  };
  return connectBus(options, AbortSignal.timeout(connectTimeoutMs)).catch(() => undefined);
}
