/**
 * Programs that live at another time.
 *
 * The library alone: the `faketime` command stands between us and the program, does not pass signals on, and fails where an earlier one
 * of the same process id was killed.
 *
 * @module
 * @see faketime(1); ld.so(8) on `$LIB`
 */

export const daySeconds = 86_400;

/** Added to a program's environment. */
export function shiftedClock(seconds: number): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: "/usr/$LIB/faketime/libfaketimeMT.so.1",
    FAKETIME: `${seconds > 0 ? "+" : ""}${seconds}s`,
    // The steps of the monotonic clock are not for it to change.
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    DONT_FAKE_MONOTONIC: "1",
  };
}
