/** Runs a line of commands. */
import { parseCall } from "../../console/command_line.ts";
import { shellUsage } from "../commands/command.ts";
import { findCommand } from "../commands/command_table.ts";
import { isConnectionLoss } from "../connection/link.ts";
import type { Shell } from "../commands/shell.ts";
import { literal, parseLine, type Word } from "../commands/words.ts";

/** When to go on after a failure. */
export interface RunOptions {
  readonly keepGoing: boolean;
  /** Whether somebody has pressed Ctrl-C; nothing more is run then. */
  isStopped(): boolean;
}

/**
 * Runs the commands of a line. Failures are reported, not thrown.
 *
 * @returns whether to go on: all went well, or `keepGoing` was wanted, and nobody has stopped it
 */
export async function runLine(line: string, shell: Shell, { keepGoing, isStopped }: RunOptions): Promise<boolean> {
  let commands: Word[][];
  try {
    commands = parseLine(line);
  } catch (error) {
    shell.reporter.failure(error);
    return keepGoing;
  }
  for (const words of commands) {
    try {
      await runCommand(words, shell);
    } catch (error) {
      shell.reporter.failure(error);
      // Without a connection the rest can only fail again.
      if (!keepGoing || (shell.link.session.remote.failure && isConnectionLoss(error))) return false;
    }
    if (isStopped()) return false;
    if (shell.isOver) return true;
  }
  return true;
}

/** Runs one command. @throws {StatusError} 401 for a wrong call, else what went wrong */
export async function runCommand([name, ...rest]: readonly Word[], shell: Shell): Promise<void> {
  const command = findCommand(name!.text);
  const row = { arity: command.arity, options: command.options ?? [] };
  const { args, options } = parseCall(row, rest.map((word) => word.text), shellUsage(command));
  await command.run({ words: wordsOf(args, rest), options }, shell);
}

/** The words that remained as arguments, with their patterns. */
function wordsOf(args: readonly string[], words: readonly Word[]): Word[] {
  let at = 0;
  return args.map((text) => {
    while (at < words.length && words[at]!.text !== text) at++;
    return words[at++] ?? literal(text);
  });
}
