/**
 * What `GET /status.json` answers: how one gateway, and the replicas that it hears, are now.
 *
 * Fields may be added; none changes its meaning. Nothing here is about a person.
 *
 * @module
 */

import { z } from "zod";

/** What may be wrong with a connection, the worst first. */
export const connectionProblems = [
  "no_replica_ready",
  "controller_unavailable",
  "controller_degraded",
  "replica_not_ready",
  "replica_unreached",
  "replica_late",
  "replica_gone",
  "replicas_differ",
  "strangers",
] as const;
export type ConnectionProblem = (typeof connectionProblems)[number];

const time = z.iso.datetime();
const count = z.int().min(0);

const controllerSchema = z.strictObject({
  name: z.string().describe("Host and port."),
  state: z.enum(["available", "degraded", "unavailable"]).describe("As this replica sees it."),
});

const replicaSchema = z.strictObject({
  id: z.string().describe("As in the log."),
  state: z
    .enum(["ready", "not_ready", "unreached", "late", "gone"])
    .describe(
      "`ready`: takes logins. `not_ready`: has no controller. `unreached`: beats, and what is sent to it does not arrive. " +
        "`late`: misses beats. `gone`: was heard in the last half hour, and is not any more.",
    ),
  lastBeatMsAgo: count.optional().describe("Of its heartbeat, where it is not gone."),
  lastReportMsAgo: count.optional().describe("Of its last report. A replica older than reports has none."),
  startedAt: time.optional().describe("By its own clock."),
  version: z.string().optional(),
  configuration: z.string().optional().describe("Digest of its settings for this connection."),
  differsIn: z.array(z.string()).describe("Settings in which it differs from most of the others."),
  slots: z
    .strictObject({ inUse: count, of: count })
    .optional()
    .describe("Logins that it works on, of how many."),
  methods: z.array(z.string()).describe("Kinds of credential that it takes."),
  controllers: z.array(controllerSchema),
  identityKey: z.string().optional().describe("Id of the key that signed its report."),
});

const connectionSchema = z.strictObject({
  name: z.string(),
  state: z
    .enum(["well", "impaired", "down"])
    .describe("`down`: no replica takes logins. `impaired`: some part is not as it should be."),
  problems: z
    .array(z.enum(connectionProblems))
    .describe("What keeps it from being well, the worst first. They are as they are while it is `down` too."),
  cache: z.boolean().describe("Whether logins are kept for an outage."),
  configurations: count.describe("Different ones among the replicas that report; more than one is drift."),
  versions: z.array(z.string()).describe("Of the replicas that report."),
  strangers: count.describe(
    "Replicas that beat and have not proved who they are: a missing key, or a forgery.",
  ),
  replicas: z.array(replicaSchema),
});

const loginsSchema = z.strictObject({
  connection: z.string(),
  outcome: z.string().describe("`accepted`, `denied` or `unavailable`."),
  reason: z.string().describe("The denial reason or fault; `none`."),
  count,
});

const troubleSchema = z.strictObject({
  event: z.string().describe("Name of the record in the log."),
  isError: z.boolean(),
  cause: z.string(),
  connection: z.string().optional(),
  subject: z.string().optional().describe("The bucket or setting that it happened to, or the last replica."),
  attempt: z.string().optional().describe("Of the last one, for `drawbridge explain`."),
  count: count.describe("How often."),
  firstAt: time,
  lastAt: time,
  meaning: z.string().optional(),
  action: z.string().optional().describe("What an operator does about it."),
});

export const statusSchema = z.strictObject({
  at: time,
  gateway: z.strictObject({
    id: z.string().describe("As in the log."),
    version: z.string(),
    configuration: z.string().describe("Digest of its settings. Gateways that serve together have the same."),
    startedAt: time,
    ready: z.boolean(),
    parts: z.record(z.string(), z.boolean()).describe("What it needs, and whether that is there."),
    busServer: z.string().optional().describe("The NATS server that it is, or was last, connected to."),
    inFlight: count.describe("Logins under way."),
    throttle: z.boolean().describe("Whether guesses are throttled."),
    store: z
      .record(z.string(), z.boolean())
      .optional()
      .describe("Buckets that were used, and whether they answer."),
  }),
  connections: z.array(connectionSchema),
  logins: z
    .array(loginsSchema)
    .describe("That ended at this gateway in the last five minutes and the one that runs."),
  troubles: z
    .array(troubleSchema)
    .describe("The last things that went wrong at this gateway, the newest first."),
});

export type GatewayStatus = z.infer<typeof statusSchema>;
export type ConnectionStatus = z.infer<typeof connectionSchema>;
export type ReplicaStatus = z.infer<typeof replicaSchema>;
