/**
 * The settings of what stands before the directory.
 *
 * @module
 */

import { z } from "zod";
import { duration } from "./setting.ts";

export const throttleSection = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe("Without it anybody who reaches the login API can lock every account of the directory."),
    accountGuesses: z
      .int()
      .min(1)
      .max(1_000)
      .default(8)
      .describe(
        "Wrong passwords for one account from places that are new to it, where the directory does not say when it locks. Where it does, " +
          "guesses stop short of that.",
      ),
    accountWindow: duration(
      "15m",
      1_000,
      86_400_000,
      "They are forgotten so long after the last one, where the directory does not say.",
    ),
    addressFailures: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(50)
      .describe("Wrong passwords from one address in `sourceWindow`, for whatever accounts."),
    networkFailures: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(200)
      .describe("The same from one network: a /24, or a /64 of IPv6."),
    sourceWindow: duration("15m", 1_000, 86_400_000, "How long wrong passwords from a source are counted."),
  })
  .prefault({})
  .describe(
    "Stops guessing before it reaches the directory and locks accounts there. Behind a proxy set `http.trustedProxies` too, or everybody " +
      "has the proxy's address. Counted by all gateways together with `state.keyFiles`, else by each alone.",
  );
