/** The process of a delay line: `<address> <port> <ms>`. */

import { startTcpProxy } from "../test/support/tcp-proxy.ts";

const [, , host = "", port, ms] = process.argv;
const proxy = await startTcpProxy({ host, target: { host, port: Number(port) } });
proxy.delay(Number(ms) / 2);
process.on("disconnect", () => process.exit());
process.send?.(proxy.port);
