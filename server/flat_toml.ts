/** TOML of one level: keys with one value each. What the library would let through by mistake is refused here. */
import { parse } from "@std/toml";

/** A value that a key may have. */
export type TomlValue = string | number | boolean;

const BLANK = /(?:[ \t]|\r?\n|#[^\n]*)*/y;
const TABLE = /\[\[?[^\]\n]*\]?\]?/y;
const KEY =
  /(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')(?:[ \t]*\.[ \t]*(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'))*/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const VALUE = /"""[\s\S]*?"""+|'''[\s\S]*?'''+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s#,[\]{}="']+/y;
const END = /[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y;

/**
 * Reads every key of a text with its value.
 *
 * @throws {Error} with the line and what is wrong there: a table, a list, a key that was there before, or no TOML at all
 */
export function readFlatToml(text: string): Map<string, TomlValue> {
  const found = new Map<string, TomlValue>();
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text)?.[0];
    at += match?.length ?? 0;
    return match;
  };
  for (take(BLANK); at < text.length; take(BLANK)) {
    const line = text.slice(0, at).split("\n").length;
    const fail = (what: string): never => {
      throw new Error(`line ${line}: ${what}`);
    };
    const table = take(TABLE);
    if (table !== undefined) fail(`there is no table ${table}`);
    const key = take(KEY) ?? fail("no key is here");
    const name = /^["']/.test(key) ? key.slice(1, -1) : key;
    if (take(EQUALS) === undefined) fail(`"${name}" has no value`);
    const value = valueOf(take(VALUE)) ?? fail(`the value of "${name}" is no text, number, true or false`);
    if (take(END) === undefined) fail(`the value of "${name}" does not end with its line`);
    if (found.has(name)) fail(`"${name}" is given more than once`);
    found.set(name, value);
  }
  return found;
}

function valueOf(raw: string | undefined): TomlValue | undefined {
  if (raw === undefined) return undefined;
  try {
    const { value } = parse(`value = ${raw}`);
    return ["string", "number", "boolean"].includes(typeof value) ? value as TomlValue : undefined;
  } catch {
    return undefined;
  }
}
