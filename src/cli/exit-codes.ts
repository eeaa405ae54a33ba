/**
 * How a command ends, for scripts.
 *
 * @see sysexits(3)
 * @module
 */

export const exitCodes = {
  ok: 0,
  /** `login`: denied. `doctor`: something is wrong. */
  denied: 1,
  /** EX_USAGE: the command line. */
  usage: 64,
  /** EX_DATAERR: `profile`: several people have the name. */
  ambiguous: 65,
  /** EX_NOUSER: `profile`: nobody has the name. `explain`: no record of the attempt. */
  unknown: 67,
  /** EX_SOFTWARE: a defect. */
  defect: 70,
  /** EX_CANTCREAT: a file that would be overwritten, or cannot be written. */
  cannotCreate: 73,
  /** EX_TEMPFAIL: `login` got no verdict, `profile` no answer; try again. */
  unavailable: 75,
  /** EX_CONFIG: the configuration, or a file that it names. */
  configuration: 78,
  /** 128 + SIGINT, as shells have it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends a command with a sentence for the person who typed it. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode) {
    super(message);
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}
