/**
 * The part of the command table that is for looking at an installation.
 *
 * @module
 */

import { isAttemptId } from "../login/attempt.ts";
import type { Command } from "./command.ts";
import { gatewayOptions } from "./gateway-options.ts";
import { load, loadLimits } from "./load.ts";

export const toolCommands: readonly Command[] = [
  {
    name: "doctor",
    summary:
      "Looks at everything that a login needs, each thing by itself: configuration, clock, DNS, network, certificates, service " +
      "account, directory, NATS, keys, and the way to the other side. Says what is wrong, why it matters and what to do. Changes " +
      "nothing; tries the service account's password once. Exit code: 0 nothing is wrong, 1 something is, 78 the configuration is.",
    options: {
      config: { type: "string", value: "FILE", required: true, meaning: "configuration file (YAML)" },
      connection: { type: "string", value: "NAME", meaning: "only this one" },
      user: { type: "string", value: "NAME", meaning: "whom to look up; somebody who is there unless told" },
      json: { type: "boolean", meaning: "one line of JSON" },
      bundle: {
        type: "string",
        value: "FILE",
        meaning: "also write a support bundle, in which no secret, person or distinguished name is",
      },
    },
    examples: [
      "drawbridge doctor --config connector.yaml --user ada",
      "drawbridge doctor --config gateway.yaml --bundle for-support.json",
    ],
    run: async (input) => (await import("./doctor/doctor.ts")).doctor(input),
  },
  {
    name: "explain",
    summary:
      "Draws one picture of one login from the audit, from the logs of both sides, or from both: gateway, replicas, controller, the " +
      "directory's result codes, time for each phase, throttle and cache, and what its end means. Nothing that is secret is in it, " +
      "and not who it was. " +
      "Exit code: 0 explained, 67 no record of it.",
    positional: "ATTEMPT",
    isPositional: isAttemptId,
    options: {
      log: {
        type: "string",
        value: "FILE",
        multiple: true,
        meaning: "a program's log, or its audit's file; standard input unless told, or --config is",
      },
      config: {
        type: "string",
        value: "FILE",
        meaning: "settings of a reader of the audit (YAML): also what its stream has",
      },
      json: { type: "boolean", meaning: "one line of JSON" },
    },
    examples: [
      "drawbridge explain 5yK3kWmVqv0mB1Zt2cJ8Xg --log gateway.log --log connector-1.log --log connector-2.log",
      "drawbridge explain 5yK3kWmVqv0mB1Zt2cJ8Xg --config auditor.yaml",
      "kubectl logs --selector app=drawbridge --tail=-1 | drawbridge explain 5yK3kWmVqv0mB1Zt2cJ8Xg",
    ],
    run: async (input) => (await import("./explain/explain.ts")).explain(input),
  },
  {
    name: "audit",
    summary:
      "Shows who logged in, from where, how it ended and why, and who changed what: from the audit's stream, or from files. Says which " +
      "records are missing or forged. Exit code: 0 read, 75 the stream cannot be.",
    options: {
      config: { type: "string", value: "FILE", meaning: "settings of a reader of the audit (YAML)" },
      file: {
        type: "string",
        value: "FILE",
        multiple: true,
        meaning: "instead of the stream: JSON lines, as `audit.file` and `drawbridge keys` write them",
      },
      since: {
        type: "string",
        value: "TIME",
        meaning: "such as 24h, 7d, or 2026-11-25T14:00:00Z; 24h unless told, of a file all",
      },
      username: {
        type: "string",
        value: "NAME",
        meaning: "only of this person: as typed, as the directory spells it, or their id",
      },
      attempt: { type: "string", value: "ATTEMPT", meaning: "only of this login or request" },
      outcome: {
        type: "string",
        value: "OUTCOME",
        meaning: "only what ended so: accepted, denied, unavailable, …",
      },
      follow: { type: "boolean", meaning: "goes on with those that come, until Ctrl-C" },
      json: { type: "boolean", meaning: "the records as they are, one line each" },
    },
    examples: [
      "drawbridge audit --config auditor.yaml --username ada --since 7d",
      "drawbridge audit --config auditor.yaml --outcome denied --follow",
      "drawbridge audit --file keys/audit.jsonl",
    ],
    run: async (input) => (await import("./audit/audit.ts")).audit(input),
  },
  {
    name: "status",
    summary:
      "Shows which replicas are heard on NATS, by a gateway's configuration, and what programs say on their ops ports of " +
      "themselves and of the controllers. Exit code: 0 logins can be served, as far as was looked, 75 they cannot.",
    options: {
      config: { type: "string", value: "FILE", meaning: "a gateway's configuration file (YAML)" },
      ops: {
        type: "string",
        value: "URL",
        multiple: true,
        meaning: "a program's ops port, such as http://10.0.0.5:9400",
      },
      watch: { type: "boolean", meaning: "again each second, until Ctrl-C" },
      json: { type: "boolean", meaning: "one line of JSON each time" },
    },
    examples: [
      "drawbridge status --config gateway.yaml --watch",
      "drawbridge status --ops http://10.0.0.5:9400 --ops http://10.0.0.6:9400 --json",
    ],
    run: async (input) => (await import("./status/status.ts")).status(input),
  },
  {
    name: "load",
    summary:
      "Makes logins at one's own gateway with one account and its right password, at an even rate, and prints how long they took " +
      `and how they ended. At most ${loadLimits.rateMax} a second for ${loadLimits.secondsMax} seconds. Begins with one login, and ends at the first denial. ` +
      "Exit code: 0 all accepted, 1 denied, 75 not all accepted.",
    options: {
      ...gatewayOptions,
      username: { type: "string", value: "NAME", required: true, meaning: "an account made for this" },
      "password-file": {
        type: "string",
        value: "FILE",
        meaning: "its right password; standard input unless told",
      },
      rate: { type: "string", value: "NUMBER", meaning: "logins a second; 5 unless told" },
      seconds: { type: "string", value: "NUMBER", meaning: "how long; 10 unless told" },
      ca: { type: "string", value: "FILE", meaning: "PEM of the CA that signed the gateway's certificate" },
      json: { type: "boolean", meaning: "one line of JSON" },
    },
    examples: [
      "drawbridge load --url https://login.example.com --username load-test --password-file password --rate 20",
    ],
    run: load,
  },
  {
    name: "import auth0",
    summary:
      "Makes a connector's configuration from the config.json of an Auth0 AD/LDAP connector, and says of each of its settings what " +
      "became of it. The old profile mapper is read as text, never run. Never overwrites a file.",
    positional: "FILE",
    options: {
      out: {
        type: "string",
        value: "FOLDER",
        required: true,
        meaning: "where connector.yaml and the files beside it go; made if it is not there",
      },
      keys: {
        type: "string",
        value: "FOLDER",
        meaning: "where drawbridge keys writes or wrote; keys unless told",
      },
      nats: { type: "string", value: "URL", multiple: true, meaning: "a NATS server, tls://host:port" },
      mapper: {
        type: "string",
        value: "FILE",
        meaning: "the old profileMapper.js; the one in lib beside FILE unless told",
      },
    },
    examples: ["drawbridge import auth0 config.json --out drawbridge --nats tls://nats.example.com:4222"],
    run: async (input) => (await import("./auth0/import-auth0.ts")).importAuth0(input),
  },
];
