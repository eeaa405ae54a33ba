/**
 * Tells the story on stdout: scenes, what happens in them, and progress while something takes time.
 *
 * Colours only where a person is looking; a file or a pipe gets plain lines.
 *
 * @module
 */

import { styleText } from "node:util";

export interface Narrator {
  title(text: string): void;
  scene(text: string): void;
  say(text: string): void;
  /** An answer from the system, set off from what is told. */
  answer(text: string): void;
  /** Says what is being done before it is, and on the same line how long it took. One at a time. */
  step<T>(text: string, work: () => Promise<T>): Promise<T>;
  failure(text: string): void;
}

type Style = Parameters<typeof styleText>[0];

export function createNarrator(output: NodeJS.WriteStream): Narrator {
  const style = (format: Style, text: string): string => (output.isTTY ? styleText(format, text) : text);
  // A step's line stays open while it works; whatever is said meanwhile starts a new one.
  let stepIsOpen = false;
  const line = (text = ""): void => {
    output.write(stepIsOpen ? `\n${text}\n` : `${text}\n`);
    stepIsOpen = false;
  };
  return {
    title(text) {
      line();
      line(style("bold", text));
    },
    scene(text) {
      line();
      line(style(["bold", "cyan"], text));
    },
    say: (text) => line(`  ${text}`),
    answer: (text) => line(`  ${style("bold", "→")} ${text}`),
    async step(text, work) {
      const startedAt = performance.now();
      output.write(`  ${text} …`);
      stepIsOpen = true;
      const result = await work();
      const took = seconds(performance.now() - startedAt);
      output.write(stepIsOpen ? style("dim", ` ${took}\n`) : style("dim", `  done after ${took}\n`));
      stepIsOpen = false;
      return result;
    },
    failure(text) {
      line();
      line(style(["bold", "red"], text));
    },
  };
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
