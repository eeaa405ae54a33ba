/**
 * Lines for the person at the terminal. What programs write is the log.
 *
 * @module
 */

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}
