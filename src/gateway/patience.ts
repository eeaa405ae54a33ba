/**
 * How long a login for which there is no path, or to which this gateway's own path is cut, goes on hoping, in milliseconds.
 *
 * A person still waits for this long; and an application that gets its `503` now can say so, or ask elsewhere.
 *
 * @module
 */

export const patienceMs = 1_200;
