/**
 * The settings of the memory that the replicas of a program share.
 *
 * @module
 */

import { z } from "zod";
import { file } from "./setting.ts";

export const stateSection = z
  .strictObject({
    keyFiles: z
      .array(file("32 bytes or more in base64, as `drawbridge keys` makes them."))
      .max(8)
      .default([])
      .describe(
        "Secrets that seal what is kept there. The first one seals, all of them open: to rotate, add the new one behind the old " +
          "everywhere, then in front of it, and take the old one away after a day.",
      ),
    replicas: z
      .int()
      .min(1)
      .max(5)
      .exactOptional()
      .describe(
        "NATS nodes that keep a copy, for buckets that are made from now on. Without it three in a cluster, and one else.",
      ),
  })
  .prefault({})
  .describe(
    "What the replicas share, in JetStream. Without `keyFiles` each remembers for itself: throttling then counts in each gateway alone, " +
      "and connectors take Kerberos tickets only where `kerberos.replays.whenUnknown` allows it.",
  );
