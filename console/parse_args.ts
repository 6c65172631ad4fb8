/**
 * Words as options and arguments. `node:util` splits them and `@std/cli` does not: that one says nothing of an option
 * without its value.
 */
import { parseArgs } from "node:util";
import type { OptionRow } from "./command_line.ts";
import { escapeText } from "../protocol/text.ts";

/** What the words say. */
export interface ReadWords {
  /** All values of an option by its name, in order; a switch has `true`. */
  readonly values: ReadonlyMap<string, readonly (string | true)[]>;
  /** What is no option, in order. */
  readonly positionals: string[];
}

/** Reads words; `fail` gets what is wrong with the first wrong one. */
export function readWords(
  rows: readonly OptionRow[],
  argv: readonly string[],
  fail: (what: string) => never,
): ReadWords {
  const options = Object.fromEntries(
    rows.map((
      { name, short, value },
    ) => [name, { type: value ? "string" : "boolean", ...short && { short } } as const]),
  );
  // Not strict: what is wrong would come as a sentence of the runtime's own.
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  const values = new Map<string, (string | true)[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    const row = rows.find((row) => row.name === name);
    if (!row) return fail(`Unknown option "${escapeText(rawName)}"`);
    if (!row.value && value !== undefined) return fail(`--${name} takes no value`);
    if (row.value && (value === undefined || !inlineValue && isOption(value))) return fail(`--${name} needs a value`);
    values.set(name, [...values.get(name) ?? [], value ?? true]);
  }
  return { values, positionals };
}

/** Whether a word behind an option is the next option. A negative number is a value, though a wrong one: no option is a digit. */
function isOption(word: string): boolean {
  return /^-[^\d]/.test(word);
}
