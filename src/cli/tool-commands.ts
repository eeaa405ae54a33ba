/**
 * The part of the command table that is for looking at an installation.
 *
 * @module
 */

import type { Command } from "./command.ts";
import { doctor } from "./doctor/doctor.ts";

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
    run: doctor,
  },
];
