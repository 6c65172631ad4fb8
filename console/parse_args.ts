/** Words told apart: options by their rows, and arguments. */
import { parseArgs } from "node:util";
import type { OptionRow } from "./command_line.ts";
import { escapeText } from "../protocol/text.ts";

/** What the words say: `true` for a switch, a list for an option that takes a value. */
export interface ReadWords {
  /** By the option's name. */
  readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  /** What is no option, in order. */
  readonly positionals: string[];
}

/** Reads words; `fail` is told what is wrong with them. */
export function readWords(
  rows: readonly OptionRow[],
  argv: readonly string[],
  fail: (what: string) => never,
): ReadWords {
  const options = Object.fromEntries(rows.map(({ name, short, value }) => [name, {
    type: value ? "string" as const : "boolean" as const,
    multiple: value !== undefined,
    ...(short && { short }),
  }]));
  try {
    return parseArgs({ args: withNegatives(rows, argv), options, allowPositionals: true, strict: true });
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    const option = /'([^' ]+)/.exec(message)?.[1] ?? "";
    if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") return fail(`Unknown option "${escapeText(option)}"`);
    if (code !== "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") throw error;
    const long = /--[a-z-]+/.exec(message)?.[0] ?? option;
    return fail(/does not take/.test(message) ? `${long} takes no value` : `${long} needs a value`);
  }
}

/** A negative number behind an option is its value, though a wrong one: no option is a digit. */
function withNegatives(rows: readonly OptionRow[], argv: readonly string[]): string[] {
  const words: string[] = [];
  const end = argv.indexOf("--");
  for (const [at, word] of argv.entries()) {
    const before = words.at(-1) ?? "";
    const takesIt = rows.some(({ name, short, value }) => value && (before === `--${name}` || before === `-${short}`));
    if (/^-\d/.test(word) && takesIt && (end < 0 || at < end)) {
      words[words.length - 1] = before.startsWith("--") ? `${before}=${word}` : before + word;
    } else words.push(word);
  }
  return words;
}
