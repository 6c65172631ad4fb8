/** The terminal as the subcommands see it. `main.ts` makes the real one; a test makes its own. */

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
  /** Writes to stdout as it is. */
  write(text: string): void;
  /** Writes a line to stderr. */
  warn(line: string): void;
  /** Asks without echo; `null` when nobody is there to ask. */
  askSecret(prompt: string): string | null;
  /** The lines of stdin that nobody has taken yet. */
  lines(): AsyncIterable<string>;
  /** An environment variable. */
  env(name: string): string | undefined;
  /** The platform's name, as `Deno.build.os` has it. */
  readonly os: string;
}

/** The first line of stdin, without its end; empty when there is none. */
export async function firstLine(terminal: Terminal): Promise<string> {
  for await (const line of terminal.lines()) return line;
  return "";
}
