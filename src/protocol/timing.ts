/**
 * The times that both sides of the wire count on, in milliseconds of each one's own monotonic clock.
 *
 * @module
 */

/** How long after its claim a replica may start a bind; a grant names it, so that both sides use one number. */
export const grantWindowMs = 500;

/** A claim that no grant followed frees its slot after this: any later grant would have missed its window. */
export const claimKeptMs = 600;

/** How often a replica says that it still works on a granted attempt. */
export const workingIntervalMs = 200;

/** How often a replica tells the gateways that it lives. */
export const heartbeatIntervalMs = 250;

/** How often a replica reports to the operators. */
export const reportIntervalMs = 1_000;

/** How long a replica can repeat a verdict whose first copy was lost. */
export const verdictKeptMs = 30_000;

/** After this a gateway sets up the next session with a replica, while the one before goes on serving. */
export const sessionRenewedAfterMs = 30 * 60_000;

/** A session that is older is good for nothing, on either side. */
export const sessionAgeMaxMs = 60 * 60_000;
