/** What a command of the shell is. */
import type { OptionRow, Options } from "../../console/command_line.ts";
import type { Shell } from "./shell.ts";
import type { Word } from "./words.ts";

/** A command as called: `words` are the arguments, not yet expanded. */
export interface ShellCall {
  readonly words: readonly Word[];
  readonly options: Options;
}

/** One row of the command table; help, completion and arity errors come from it. */
export interface ShellCommand {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** The arguments as the usage line shows them. */
  readonly usage: string;
  readonly summary: string;
  readonly arity: readonly [least: number, most: number];
  readonly options?: readonly OptionRow[];
  /**
   * Whether, with these options, it takes away what its remote paths name: an empty path is then a mistake and not the
   * home, and neither the current folder nor one above it is meant.
   */
  takesAway?(options: Options): boolean;
  /** Which side its arguments name, for completion. */
  readonly completes: "remote" | "local" | "commands" | "nothing";
  run(call: ShellCall, shell: Shell): Promise<void> | void;
}

/** `name USAGE`. */
export function shellUsage({ name, usage }: Pick<ShellCommand, "name" | "usage">): string {
  return usage === "" ? name : `${name} ${usage}`;
}
