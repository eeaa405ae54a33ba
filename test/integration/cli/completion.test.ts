/**
 * `drawbridge completion`: what a shell makes of the script.
 */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { ensurePackages } from "../../support/packages.ts";
import { runCli } from "../../support/run-cli.ts";
import { runCommand } from "../../support/run-command.ts";
import { createScratch } from "../../support/scratch.ts";

before(() => ensurePackages());

for (const shell of ["bash", "zsh"] as const) {
  test(`${shell} completes commands, options and files`, { timeout: 60_000 }, async () => {
    await using scratch = await createScratch("completion");
    const { code, stdout } = await runCli(["completion", shell]);
    assert.equal(code, 0);
    await scratch.write("connector.yaml", "");
    const script = await scratch.write("script", stdout);
    // zsh itself leaves out what does not begin with what was typed, and completes names of files only at a terminal.
    const bare = shell === "zsh" ? ["-f"] : [];
    const complete = async (...words: readonly string[]): Promise<readonly string[]> => {
      const typed = words.at(-1) ?? "";
      const all = `(drawbridge ${words.map((word) => `'${word}'`).join(" ")})`;
      const state = `COMP_WORDS=${all}; COMP_CWORD=${words.length}`;
      const ask =
        shell === "bash"
          ? `${state}; _drawbridge; printf '%s\\n' "\${COMPREPLY[@]}"`
          : `words=${all}; CURRENT=${words.length + 1}; ${state}; compgen -F _drawbridge -- '${typed}'`;
      const printed = await runCommand(shell, [...bare, "-c", `cd "$HOME"; . '${script}'; ${ask}`], {
        env: { HOME: scratch.folder },
        timeoutMs: 20_000,
      });
      const found = printed.split("\n").filter((line) => line !== "" && line.startsWith(typed));
      return [...new Set(found)].toSorted();
    };
    assert.deepEqual(await complete("doc"), ["doctor"]);
    assert.deepEqual(await complete("co"), ["completion", "connector"]);
    assert.deepEqual(await complete("doctor", "--b"), ["--bundle"]);
    assert.deepEqual(await complete("import", "a"), ["auth0"]);
    assert.deepEqual(await complete("completion", ""), ["--help", "bash", "zsh"]);
    assert.deepEqual(await complete("doctor", "--user", ""), []);
    if (shell === "zsh") return;
    assert.deepEqual(await complete("doctor", "--config", "conn"), ["connector.yaml"]);
    assert.deepEqual(await complete("check-config", "conn"), ["connector.yaml"]);
  });
}

test("no other shell", { timeout: 30_000 }, async () => {
  const { code, stderr } = await runCli(["completion", "fish"]);
  assert.equal(code, 64);
  assert.match(stderr, /the shell is bash or zsh/);
});
