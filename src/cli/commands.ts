/**
 * The command table.
 *
 * What a command does is loaded when it is run: a connector has no use for the gateway's HTTP and OpenID Connect, nor for the memory
 * and the time that they take.
 *
 * @module
 */

import type { Command } from "./command.ts";
import { completionOf } from "./completion.ts";
import { gatewayOptions } from "./gateway-options.ts";
import { toolCommands } from "./tool-commands.ts";

const config = {
  type: "string",
  value: "FILE",
  required: true,
  meaning: "configuration file (YAML)",
} as const;

const keyFolder = {
  in: { type: "string", value: "FOLDER", required: true, meaning: "where `drawbridge keys` put the files" },
} as const;

export const commands: readonly Command[] = [
  {
    name: "connector",
    summary:
      "Runs a connector replica: takes logins from NATS and checks them against the directory. SIGTERM drains.",
    options: { config },
    examples: ["drawbridge connector --config connector.yaml"],
    async run(input) {
      const { runProgram } = await import("./programs.ts");
      const { runConnector } = await import("./run-connector.ts");
      return runProgram("connector", input, runConnector);
    },
  },
  {
    name: "gateway",
    summary: "Runs a gateway: takes logins over HTTP and hands them to the connectors. SIGTERM drains.",
    options: { config },
    examples: ["drawbridge gateway --config gateway.yaml"],
    async run(input) {
      const { runProgram } = await import("./programs.ts");
      const { runGateway } = await import("./run-gateway.ts");
      return runProgram("gateway", input, runGateway);
    },
  },
  {
    name: "login",
    summary:
      "Tries one login at a gateway. Reads the password from standard input, prints the answer as JSON. " +
      "Exit code: 0 accepted, 1 denied, 75 unavailable.",
    options: {
      ...gatewayOptions,
      username: { type: "string", value: "NAME", required: true, meaning: "as the person would type it" },
      ca: { type: "string", value: "FILE", meaning: "PEM of the CA that signed the gateway's certificate" },
    },
    examples: [
      "drawbridge login --url https://login.example.com --username ada",
      "drawbridge login --url https://login.example.com --connection corp --username ada < password-file",
    ],
    run: async (input) => (await import("./login.ts")).login(input),
  },
  {
    name: "profile",
    summary:
      "Shows what a login would tell an application about a person: profile, groups, state of the password. " +
      "Asks the directory as a connector would, without that person's password. " +
      "Exit code: 0 found, 67 nobody, 65 several, 75 no answer.",
    positional: "USER",
    options: {
      config,
      connection: {
        type: "string",
        value: "NAME",
        meaning: "which directory; may be left out where there is one",
      },
      json: { type: "boolean", meaning: "one line of JSON" },
    },
    examples: ["drawbridge profile --config connector.yaml --connection corp ada@example.com"],
    run: async (input) => (await import("./profile.ts")).profile(input),
  },
  {
    name: "keys",
    summary:
      "Makes identity keys and NATS users: a pair for the connectors of each connection, one for the gateways. " +
      "Never overwrites a file.",
    options: {
      out: {
        type: "string",
        value: "FOLDER",
        required: true,
        meaning: "where the files go; made if it is not there",
      },
      connection: {
        type: "string",
        value: "NAME",
        required: true,
        multiple: true,
        meaning: "a connection to make a key pair for",
      },
    },
    examples: ["drawbridge keys --out keys --connection corp --connection branch"],
    run: async (input) => (await import("./create-keys.ts")).createKeys(input),
  },
  {
    name: "keys list",
    summary: "Lists the keys of a folder: the current one of each, the next and the previous, and their ids.",
    options: keyFolder,
    examples: ["drawbridge keys list --in keys"],
    run: async (input) => (await import("./keys/rotate.ts")).listKeys(input),
  },
  {
    name: "keys next",
    summary:
      "Begins to replace a key: makes the next one, adds it to the file that the other side reads, and says who gets that file. " +
      "Nothing uses it yet.",
    positional: "KEY",
    options: keyFolder,
    examples: ["drawbridge keys next corp.connector --in keys"],
    run: async (input) => (await import("./keys/rotate.ts")).makeNextKey(input),
  },
  {
    name: "keys switch",
    summary: "Puts the next key in the place of the current one, and says who gets it. Both are believed.",
    positional: "KEY",
    options: keyFolder,
    examples: ["drawbridge keys switch corp.connector --in keys"],
    run: async (input) => (await import("./keys/rotate.ts")).switchKey(input),
  },
  {
    name: "keys drop",
    summary:
      "Ends the keys before the current one, and says who gets the file without them. What still uses them is refused.",
    positional: "KEY",
    options: keyFolder,
    examples: ["drawbridge keys drop corp.connector --in keys"],
    run: async (input) => (await import("./keys/rotate.ts")).dropKeys(input),
  },
  {
    name: "check-config",
    summary:
      "Checks a configuration file, the environment and every file that they name, and reports all problems at once. " +
      "Exit code 78 when there are any.",
    positional: "FILE",
    options: {},
    examples: ["drawbridge check-config connector.yaml"],
    run: async (input) => (await import("./check-config.ts")).checkConfig(input),
  },
  ...toolCommands,
  completionOf(() => commands),
];
