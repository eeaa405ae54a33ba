/**
 * Whether this machine's clock is right enough for tickets: compared with a controller's, which is the KDC's.
 *
 * @see RFC 4120 §3.2.3 — clock skew
 * @module
 */

/** What KDCs and services allow each other. */
export const skewMaxMs = 300_000;
const intervalMs = 60_000;

export interface ClockOptions {
  /** Milliseconds since 1970 by a controller; undefined where none answers or has a clock. */
  readonly readReference: () => Promise<number | undefined>;
  /** Milliseconds since 1970 here. */
  readonly wallClock: () => number;
  /** Told at each comparison by how much this clock is ahead. */
  readonly observe: (offsetMs: number) => void;
}

export interface WatchedClock extends Disposable {
  /** True unless it is known to be wrong. */
  readonly isRight: boolean;
}

/** Compares once before it resolves, and then every minute. */
export async function watchClock({ readReference, wallClock, observe }: ClockOptions): Promise<WatchedClock> {
  let isRight = true;
  const compare = async (): Promise<void> => {
    const referenceMs = await readReference();
    if (referenceMs === undefined) return;
    const offsetMs = wallClock() - referenceMs;
    isRight = Math.abs(offsetMs) <= skewMaxMs;
    observe(offsetMs);
  };
  await compare();
  const timer = setInterval(() => void compare(), intervalMs);
  return {
    get isRight() {
      return isRight;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
