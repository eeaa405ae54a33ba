/**
 * The options of every command that logs in at a gateway.
 *
 * @module
 */

import type { CommandOption } from "./command.ts";

export const gatewayOptions = {
  url: {
    type: "string",
    value: "URL",
    required: true,
    meaning: "the gateway, such as https://login.example.com",
  },
  connection: {
    type: "string",
    value: "NAME",
    meaning: "which directory; may be left out where there is one",
  },
  "token-file": {
    type: "string",
    value: "FILE",
    meaning: "the token of an application, where the gateway demands one",
  },
} as const satisfies Readonly<Record<string, CommandOption>>;
