/** Makes the keys of this machine's Drawbridge, once, and puts beside each other what the NATS servers read. */

import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

const unfinished = "/keys/unfinished";

if (!existsSync("/keys/users.conf")) {
  rmSync(unfinished, { recursive: true, force: true });
  execFileSync("drawbridge", ["keys", "--out", unfinished, "--connection", "corp"], { stdio: "inherit" });
  // users.conf comes last: it says that all of them are there.
  for (const name of readdirSync(unfinished).toSorted()) {
    chmodSync(join(unfinished, name), 0o644);
    renameSync(join(unfinished, name), join("/keys", name));
  }
}
cpSync("/shipped", "/nats", { recursive: true });
copyFileSync("/keys/users.conf", "/nats/users.conf");
