/** Subcommands as tables: from one row come parsing, the check of the arguments, and the help. */
import { readWords } from "./parse_args.ts";
import { UsageError } from "./exit_status.ts";
import type { Terminal } from "./terminal.ts";
import { escapeText } from "../protocol/text.ts";

/** One option. With `value` it takes a value and `value` is what the help calls it; without, it is a switch. */
export interface OptionRow {
  /** Its name, without the two dashes. */
  readonly name: string;
  /** One letter that stands for it. */
  readonly short?: string;
  /** What the help calls its value; without it the option is a switch. */
  readonly value?: string;
  /** It may be given several times, and every value counts. */
  readonly many?: true;
  /** The switch without which it has no meaning, where the command has that switch. */
  readonly needs?: string;
  /** Refuses a value that cannot be meant, before anything is done. @throws {UsageError} with the reason */
  check?(value: string): void;
  /** What it does, in the words of the help. */
  readonly help: string;
}

/** One subcommand of `ftp`. */
export interface Subcommand {
  /** The word after `ftp`. */
  readonly name: string;
  /** The arguments as the usage line shows them, without options. */
  readonly usage: string;
  /** One sentence for the help. */
  readonly summary: string;
  /** How many arguments, least and most. */
  readonly arity: readonly [number, number];
  /** Its own options, without the common ones. */
  readonly options: readonly OptionRow[];
  /** Does the work and resolves to the exit status; failures are thrown. */
  run(invocation: Invocation): Promise<number>;
}

/** A subcommand as called. */
export interface Invocation {
  /** The arguments that are no options, in order. */
  readonly args: readonly string[];
  /** The options that were given. */
  readonly options: Options;
  /** Where it prints and asks. */
  readonly terminal: Terminal;
}

/** Options that every subcommand takes. */
export const COMMON_OPTIONS: readonly OptionRow[] = [
  { name: "json", help: "one JSON object a line on stdout, nothing else" },
  { name: "quiet", short: "q", help: "print only failures and what was asked for" },
  {
    name: "verbose",
    short: "v",
    help: "say on stderr what is done, and how long it takes",
  },
  { name: "no-color", help: "no colours (also NO_COLOR)" },
  { name: "help", short: "h", help: "print this help" },
];

/** The option that names where a server's data is. */
export const ROOT_OPTION: OptionRow = {
  name: "root",
  value: "DIR",
  help: "where accounts and files are (else $FTP_ROOT, else the platform's data directory)",
};

/** The options of a call, by name. */
export class Options {
  readonly #values: ReadonlyMap<string, string | true>;
  readonly #lists: ReadonlyMap<string, readonly string[]>;

  /** Options by name: a value, `true` for a switch, and the lists of those that may be given several times. */
  constructor(values: ReadonlyMap<string, string | true>, lists: ReadonlyMap<string, readonly string[]> = new Map()) {
    this.#values = values;
    this.#lists = lists;
  }

  /** All values of an option that may be given several times. */
  texts(name: string): readonly string[] {
    return this.#lists.get(name) ?? [];
  }

  /** Whether a switch was given. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The value of an option, or `undefined` when it was not given. */
  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return value === true ? undefined : value;
  }

  /**
   * A whole number.
   *
   * @throws {UsageError} when it is none or outside the range
   */
  number(name: string, { least, most }: { least: number; most: number }): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : wholeNumber(name, value, { least, most });
  }

  /** The same options with defaults for those that were not given. */
  withDefaults(defaults: ReadonlyMap<string, string | true>): Options {
    return new Options(new Map([...defaults, ...this.#values]), this.#lists);
  }
}

/** The whole number that is the value of an option. @throws {UsageError} when it is none or outside the range */
export function wholeNumber(name: string, value: string, { least, most }: { least: number; most: number }): number {
  const number = /^\d{1,10}$/.test(value) ? Number(value) : NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`--${name} must be a whole number from ${least} to ${most}, not "${escapeText(value)}"`);
}

/** All options of a subcommand. */
export function optionsOf(subcommand: Subcommand): OptionRow[] {
  return [...subcommand.options, ...COMMON_OPTIONS];
}

/** What can be called with words: a subcommand, or a command of the shell. */
export interface CallRow {
  /** How many arguments, least and most. */
  readonly arity: readonly [least: number, most: number];
  /** The options it takes. */
  readonly options: readonly OptionRow[];
}

/** Reads the arguments of a subcommand; see `parseCall`. */
export function parseInvocation(subcommand: Subcommand, argv: readonly string[], terminal: Terminal): Invocation {
  const row = { arity: subcommand.arity, options: optionsOf(subcommand) };
  return { ...parseCall(row, argv, `ftp ${usageOf(subcommand)}`), terminal };
}

/**
 * Reads arguments and options. After `--` nothing is an option. A value that begins with a dash and no digit is written
 * `--name=-value`. A value is given once, unless every one counts: which of two was meant is not for us to say. An empty
 * argument is a variable of a script that was not set, and never a name.
 *
 * @throws {UsageError} for an unknown option, a missing, empty or second value, too few or too many arguments, or an empty one
 */
export function parseCall(
  { options: rows, arity: [least, most] }: CallRow,
  argv: readonly string[],
  usage: string,
): { args: string[]; options: Options } {
  const fail = (what: string): never => {
    throw new UsageError(`${what}; usage: ${usage}`);
  };
  const { values: given, positionals: args } = readWords(rows, argv, fail);
  const values = new Map<string, string | true>();
  const lists = new Map<string, readonly string[]>();
  for (const { name, value, many, needs, check } of rows) {
    const [first, ...more] = given.get(name) ?? [];
    if (first === undefined) continue;
    if (value && [first, ...more].includes("")) fail(`--${name} must not be empty`);
    if (value && !many && more.length > 0) fail(`--${name} is given more than once`);
    const isPossible = needs === undefined || given.has(needs) || !rows.some((row) => row.name === needs);
    if (!isPossible && !given.has("help")) fail(`--${name} needs --${needs}`);
    if (check && !given.has("help")) { for (const text of [first, ...more] as string[]) check(text); }
    if (many) lists.set(name, [first, ...more] as string[]);
    else values.set(name, value ? first as string : true);
  }
  if (!values.has("help")) {
    if (args.length < least) fail("An argument is missing");
    if (args.length > most) fail(`Unexpected argument "${escapeText(args[most]!)}"`);
    if (args.includes("")) fail("An argument is empty");
  }
  return { args, options: new Options(values, lists) };
}

/** `NAME ARGUMENTS [OPTIONS]`. */
export function usageOf({ name, usage }: Pick<Subcommand, "name" | "usage">): string {
  return [name, usage, "[OPTIONS]"].filter((part) => part !== "").join(" ");
}
