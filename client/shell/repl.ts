/** The interactive shell: a prompt, history and completion. */
import { createInterface } from "node:readline";
import process from "node:process";
import { StatusError } from "../../protocol/status.ts";
import { escapeText } from "../../protocol/text.ts";
import type { Interrupts } from "../interrupts.ts";
import { completions } from "./complete.ts";
import { runLine } from "./run_line.ts";
import type { Shell } from "./shell.ts";

const HISTORY_LINES = 500;

/** Runs until `quit` or the end of input. */
export async function runRepl(shell: Shell, interrupts: Interrupts): Promise<void> {
  let history: string[] = [];
  const waiting: string[] = [];
  while (!shell.isOver) {
    if (waiting.length === 0) {
      const read = await readLines(shell, history);
      if (!read) return;
      waiting.push(...read.lines);
      history = read.history;
    }
    const line = waiting.shift();
    if (line === undefined) continue;
    await runLine(line, shell, { keepGoing: false });
    // Failures at the prompt have been shown; they are no reason for a bad exit status.
    shell.reporter.status = 0;
    interrupts.reset();
  }
}

/**
 * Shows the prompt and reads a line; several when they were pasted. `undefined` at the end of input. The terminal is in
 * its usual mode again afterwards, so that Ctrl-C reaches a transfer.
 */
function readLines(
  shell: Shell,
  history: readonly string[],
): Promise<{ lines: string[]; history: string[] } | undefined> {
  const lines: string[] = [];
  let current = [...history];
  let isClosed = false;
  const readline = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: true,
    prompt: `ftp:${escapeText(shell.cwd)}> `,
    history: [...history],
    historySize: HISTORY_LINES,
    removeHistoryDuplicates: true,
    completer: (line: string, done: (error: null, result: [string[], string]) => void) => {
      completions(line, shell).catch((error): [string[], string] => {
        // Completion is a courtesy: what the server cannot tell is not completed.
        if (error instanceof StatusError) return [[], line];
        throw error;
      }).then((found) => {
        // The line may have been sent off while the server was asked.
        if (!isClosed) done(null, found);
      });
    },
  });
  const { promise, resolve } = Promise.withResolvers<{ lines: string[]; history: string[] } | undefined>();
  readline.on("history", (updated: string[]) => current = [...updated]);
  readline.on("line", (line: string) => {
    lines.push(line);
    readline.close();
  });
  readline.on("SIGINT", () => {
    process.stdout.write("^C\n");
    lines.push("");
    readline.close();
  });
  readline.on("close", () => {
    isClosed = true;
    resolve(lines.length === 0 ? undefined : { lines, history: current });
  });
  readline.prompt();
  return promise;
}
