/**
 * How long a login for which there is no path, or to which this gateway's own path is cut, goes on hoping, in milliseconds.
 *
 * A person still waits for this long; and an application that gets its `503` now can say so, or ask elsewhere.
 *
 * @module
 */

export const patienceMs = 1_200;

/** At least so much of it is left for a login that a replica handed back: that replica lives, and knows of no path by itself. */
export const returnedPatienceMs = 300;

/** The same for one whose replica fell silent: what broke there may have broken other things too, which take a moment to mend. */
export const silentPatienceMs = 700;
