/**
 * The settings of the cache of one connection's logins.
 *
 * @module
 */

import { z } from "zod";
import { duration } from "./setting.ts";

const hourMs = 3_600_000;

export const cacheSection = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe(
        "Keep what logins need, where `gateway.state.keyFiles` seals it. Switched off, what was kept is gone.",
      ),
    maxAge: duration("120h", hourMs, 30 * 24 * hourMs, "Since a directory last let somebody in."),
    names: z
      .enum(["exact", "folded"])
      .default("exact")
      .describe("`exact`: a name has to be typed as it was before. `folded`: in any case and width."),
    excludeGroups: z
      .array(z.string().min(1).max(256))
      .max(64)
      .default([])
      .describe(
        "Who is in a group of such a name is never kept, as administrators may not be; `*` stands for any characters.",
      ),
  })
  .prefault({})
  .describe("Logins while no connector, or no controller, can be reached: against what the last one left.");

export type CacheConfig = z.infer<typeof cacheSection>;
