/** The terminal and the process as the subcommands see them. `main.ts` makes the real one; a test makes its own. */
import { PASSWORD_NOT_UTF8 } from "./secret_line.ts";
import { UsageError } from "./exit_status.ts";

/** Where a program's words go and come from. */
export interface Terminal {
  /** Whether a person types on stdin. */
  readonly isInteractive: boolean;
  /** Whether stdout is a screen. */
  readonly isScreen: boolean;
  /** Whether colours are welcome on it. */
  readonly hasColor: boolean;
  /** The width of the screen in columns. */
  columns(): number;
  /** Its height in lines. */
  rows(): number;
  /** Writes to stdout as it is. It does not return when nobody reads that any more, or it cannot be written. */
  write(text: string): void;
  /** Writes a line to stderr, where it can. @returns whether it could */
  warn(line: string): boolean;
  /**
   * Writes some bytes beside other work, for a program that must not wait for its reader, nor end with it.
   *
   * @returns how many were taken; rejects with what the system says
   */
  writeSome(stream: "stdout" | "stderr", bytes: Uint8Array): Promise<number>;
  /** Asks without echo; `null` when nobody is there to ask. @throws {UsageError} when the answer is not UTF-8 */
  askSecret(prompt: string): Promise<string | null>;
  /** The lines of stdin that nobody has taken yet. @throws {UsageError} for one that is not UTF-8 */
  lines(): AsyncIterable<string>;
  /** An environment variable. @throws {UsageError} when it is not UTF-8 */
  env(name: string): string | undefined;
  /** The platform's name, as `Deno.build.os` has it. */
  readonly os: string;
  /** The folder in which relative paths start. */
  cwd(): string;
  /** Hears the signals that ask the program to end, until it is disposed of. */
  onEndSignal(listener: (signal: Deno.Signal) => void): Disposable;
  /** Hears of promises that failed and that nothing waited for, which would end the program, until it is disposed of. */
  onStrayFailure(listener: (error: unknown) => void): Disposable;
  /** How many files and connections the process may still open, but no more than `most`; to be called while nothing runs. */
  freeDescriptors(most: number): number;
  /** Gives permissions of the program up for good. */
  giveUp(...permissions: Deno.PermissionName[]): Promise<void>;
}

/** The password on the first line of stdin, without its end; empty when there is none. @throws {UsageError} when it is not UTF-8 */
export async function passwordLine(terminal: Terminal): Promise<string> {
  try {
    for await (const line of terminal.lines()) return line;
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(PASSWORD_NOT_UTF8) : error;
  }
  return "";
}
