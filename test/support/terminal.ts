/**
 * `drawbridge` at a terminal: a person who reads what it prints and types an answer.
 *
 * @module
 */

import { join } from "node:path";
import { runCommand } from "./run-command.ts";

export interface TerminalOptions {
  /** Typed, with Enter, once `prompt` is shown. */
  readonly answer?: string;
  readonly prompt?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const main = join(import.meta.dirname, "../../src/cli/main.ts");
const timeoutMs = 60_000;

/** A colour terminal, whatever the machine that runs the tests says about its own. */
const terminal = {
  TERM: "xterm-256color",
  CI: undefined,
  NO_COLOR: undefined,
  NODE_DISABLE_COLORS: undefined,
  FORCE_COLOR: undefined,
};

/** Python has pseudo-terminals in its library, and Node has none. It echoes as a real one does, unless the program says not to. */
const script = `
import os, pty, sys
prompt, answer = sys.argv[1].encode(), sys.argv[2].encode()
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[3], sys.argv[3:])
shown = b""
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    if prompt and prompt in shown:
        os.write(terminal, answer + b"\\r")
        prompt = b""
os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
`;

/** @returns everything that was shown. */
export function runAtTerminal(
  args: readonly string[],
  { answer = "", prompt = "", env = {} }: TerminalOptions = {},
): Promise<string> {
  const command = [process.execPath, "--disable-warning=ExperimentalWarning", main, ...args];
  return runCommand("python3", ["-c", script, prompt, answer, ...command], {
    env: { ...terminal, ...env },
    timeoutMs,
  });
}
