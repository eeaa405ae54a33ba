/**
 * Prints everybody whose name begins with a text.
 *
 *     GATEWAY_URL=https://login.example.com TOKEN_FILE=helpdesk.token node search-users.ts lovel
 */

import { readFileSync } from "node:fs";
import { createClient } from "drawbridge/client";

const { GATEWAY_URL = "http://127.0.0.1:8080", TOKEN_FILE = "helpdesk.token" } = process.env;
const gateway = createClient({ url: GATEWAY_URL, token: readFileSync(TOKEN_FILE, "utf8").trim() });

for await (const page of gateway.searchUsers({ text: process.argv[2] ?? "", pageSize: 100 })) {
  switch (page.outcome) {
    case "done":
      for (const { subjectId, accountName, profile } of page.users) {
        console.log([subjectId, accountName, profile["displayName"] ?? ""].join("\t"));
      }
      if (page.truncated) console.error("There are more; a longer text finds them.");
      break;
    case "refused":
    case "rejected":
      console.error(page.outcome === "refused" ? page.reason : page.message);
      process.exitCode = 1;
      break;
    case "unavailable":
      console.error(`try again: ${page.fault}`);
      process.exitCode = 75;
      break;
  }
}
