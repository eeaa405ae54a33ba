/**
 * The points at which the whole path is measured, and simulated.
 *
 * @module
 */

export const processes = ["driver", "gateway", "nats", "connector", "directory", "line"] as const;
export type Process = (typeof processes)[number];

/** What is asked of the path: so many always under way, unless told how many a second. */
export interface Load {
  readonly inFlight: number;
  readonly perSecond?: number;
}

export interface Setting {
  /** Added to each answer of the directory, by a process in between; none where it is 0. */
  readonly latencyMs: number;
  /** Connector replicas. */
  readonly replicas: number;
  /** Connections for binds of each replica. */
  readonly pool: number;
}

export type At = Setting & Load;

export interface PointFigures {
  /** That the path had for itself: of the machine's, less what everything else used. */
  readonly processors: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  /** Milliseconds of CPU a login, all threads, all replicas. */
  readonly cpuMs: Readonly<Record<Process, number>>;
}

/** From `calibration` the simulation gets its parameters; those of `validation` it has not seen. */
export type Use = "calibration" | "validation";

export interface MeasuredPoint {
  readonly use: Use;
  readonly at: At;
  readonly figures: PointFigures;
  /** Logins a second in each round: how much one machine differs from itself. */
  readonly rounds: readonly number[];
}

/** Measured in turn, with programs of its own. */
export interface Group extends Setting {
  /** For `validation` unless told. */
  readonly loads: readonly (Load & { readonly use?: Use })[];
}

export const groups: readonly Group[] = [
  {
    latencyMs: 0,
    replicas: 1,
    pool: 16,
    loads: [
      { inFlight: 1, use: "calibration" },
      { inFlight: 64, use: "calibration" },
      { inFlight: 4 },
      { inFlight: 16 },
      { inFlight: 256 },
      { inFlight: 1, perSecond: 200, use: "calibration" },
      { inFlight: 1, perSecond: 600 },
    ],
  },
  { latencyMs: 0, replicas: 2, pool: 16, loads: [{ inFlight: 64 }] },
  { latencyMs: 0, replicas: 4, pool: 16, loads: [{ inFlight: 64 }] },
  { latencyMs: 20, replicas: 1, pool: 4, loads: [{ inFlight: 1, use: "calibration" }, { inFlight: 64 }] },
  { latencyMs: 20, replicas: 2, pool: 4, loads: [{ inFlight: 64 }] },
  { latencyMs: 20, replicas: 4, pool: 4, loads: [{ inFlight: 64 }] },
  { latencyMs: 5, replicas: 1, pool: 4, loads: [{ inFlight: 1, use: "calibration" }, { inFlight: 64 }] },
  { latencyMs: 5, replicas: 2, pool: 4, loads: [{ inFlight: 64 }] },
  { latencyMs: 20, replicas: 1, pool: 16, loads: [{ inFlight: 64 }, { inFlight: 256 }] },
  { latencyMs: 20, replicas: 4, pool: 16, loads: [{ inFlight: 256 }] },
];

export function byProcess<T>(of: (process: Process) => T): Readonly<Record<Process, T>> {
  return {
    driver: of("driver"),
    gateway: of("gateway"),
    nats: of("nats"),
    connector: of("connector"),
    directory: of("directory"),
    line: of("line"),
  };
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** A login's, of all processes together; without the slow line, which is no part of any installation. */
export function cpuOf({ cpuMs }: Pick<PointFigures, "cpuMs">): number {
  return sum(Object.values({ ...cpuMs, line: 0 }));
}
