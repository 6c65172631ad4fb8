/** The interactive shell: a prompt, history and completion. */
import process from "node:process";
import { suspend } from "../../console/job_control.ts";
import { StatusError } from "../../protocol/status.ts";
import { escapeText } from "../../protocol/text.ts";
import type { Interrupts } from "./interrupts.ts";
import { completions } from "./complete.ts";
import { type Keyboard, Prompt } from "./prompt.ts";
import { runLine } from "./run_line.ts";
import type { Shell } from "../commands/shell.ts";

const READ_BYTES = 65_536;

/** The terminal of this process. It is in its usual mode between two lines, so that Ctrl-C reaches a transfer. */
const terminal: Keyboard = {
  async read() {
    const buffer = new Uint8Array(READ_BYTES);
    const count = await Deno.stdin.read(buffer);
    return count === null ? null : buffer.subarray(0, count);
  },
  setRaw: (isRaw) => Deno.stdin.setRaw(isRaw),
  suspend,
  screen: process.stdout,
};

/** Runs until `quit` or the end of input. */
export async function runRepl(
  shell: Shell,
  interrupts: Pick<Interrupts, "happened" | "reset" | "ending" | "isEnding">,
  keyboard: Keyboard = terminal,
): Promise<void> {
  const prompt = new Prompt(keyboard, (line) => candidates(line, shell));
  // Where `readline` cannot write, the terminal cannot either, and knows what that means.
  keyboard.screen.on("error", () => shell.reporter.terminal.write("\n"));
  const ended = interrupts.ending.then(() => prompt.close());
  using _redrawing = onContinue(() => prompt.redraw());
  while (!shell.isOver && !interrupts.isEnding) {
    const line = await Promise.race([prompt.ask(`ftp:${escapeText(shell.cwd)}> `), ended]);
    if (line === undefined) return;
    await runLine(line, shell, { keepGoing: false, isStopped: () => interrupts.happened });
    // Whoever stops a command does not want those that were meant to follow it.
    if (interrupts.happened) prompt.forget();
    // Failures at the prompt have been shown; they are no reason for a bad exit status.
    shell.reporter.status = 0;
    interrupts.reset();
  }
}

/** Whoever stopped the program may have used the terminal meanwhile. */
function onContinue(listener: () => void): Disposable {
  if (Deno.build.os === "windows") return { [Symbol.dispose]: () => {} };
  Deno.addSignalListener("SIGCONT", listener);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGCONT", listener) };
}

/** Completion is a courtesy: what the server cannot tell is not completed. */
async function candidates(line: string, shell: Shell): Promise<[string[], string]> {
  try {
    return await completions(line, shell);
  } catch (error) {
    if (error instanceof StatusError) return [[], line];
    throw error;
  }
}
