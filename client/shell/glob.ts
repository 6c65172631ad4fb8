/** Patterns: `*`, `?`, `[a-z]`, `[!a-z]`, and `\` before a character that is meant as it is. */
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import type { Word } from "./words.ts";

type Token = { readonly kind: "star" } | { readonly kind: "one"; matches(character: string): boolean };

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    const end = character === "[" ? classEnd(characters, at) : -1;
    if (character === "*") {
      if (tokens.at(-1)?.kind !== "star") tokens.push({ kind: "star" });
    } else if (character === "?") {
      tokens.push({ kind: "one", matches: () => true });
    } else if (end > 0) {
      tokens.push(classOf(characters.slice(at + 1, end)));
      at = end;
    } else {
      const wanted = character === "\\" ? characters[++at] ?? "\\" : character;
      tokens.push({ kind: "one", matches: (given) => given === wanted });
    }
  }
  return tokens;
}

/** Where the class that begins here ends; `]` is an ordinary member when it comes first or after a backslash. */
function classEnd(characters: readonly string[], start: number): number {
  let at = start + 1;
  if (characters[at] === "!" || characters[at] === "^") at++;
  for (let first = true; at < characters.length; at++, first = false) {
    if (characters[at] === "\\") at++;
    else if (characters[at] === "]" && !first) return at;
  }
  return -1;
}

function classOf(characters: readonly string[]): Token {
  const isNegated = characters[0] === "!" || characters[0] === "^";
  const members = (isNegated ? characters.slice(1) : characters).filter((character) => character !== "\\");
  const ranges: [string, string][] = [];
  for (let at = 0; at < members.length; at++) {
    const isRange = members[at + 1] === "-" && at + 2 < members.length;
    ranges.push([members[at]!, isRange ? members[at + 2]! : members[at]!]);
    if (isRange) at += 2;
  }
  return {
    kind: "one",
    matches: (given) => ranges.some(([from, to]) => from <= given && given <= to) !== isNegated,
  };
}

/**
 * Whether a whole name fits a pattern. A dot at the start has to be written out, unless `dots` says otherwise. The time is at most the product of both
 * lengths: only the last star is ever tried again.
 */
export function matchesGlob(pattern: string, name: string, { dots = false } = {}): boolean {
  if (!dots && name.startsWith(".") && !pattern.startsWith(".")) return false;
  const tokens = tokensOf(pattern);
  const characters = [...name];
  let token = 0;
  let at = 0;
  let star: { token: number; at: number } | undefined;
  while (at < characters.length) {
    const current = tokens[token];
    if (current?.kind === "star") {
      star = { token: token++, at };
    } else if (current?.kind === "one" && current.matches(characters[at]!)) {
      token++;
      at++;
    } else if (star) {
      token = star.token + 1;
      at = ++star.at;
    } else {
      return false;
    }
  }
  while (tokens[token]?.kind === "star") token++;
  return token === tokens.length;
}

/** How one side of the connection is looked at. Paths are in that side's own form. */
export interface GlobSide {
  /** Whether something is at a path. */
  exists(path: string): Promise<boolean>;
  /** The names in a folder. */
  names(folder: string): Promise<string[]>;
}

/**
 * The paths that a word stands for: itself when it is no pattern or when it exists as written.
 *
 * @throws {StatusError} 402 when nothing fits
 */
export async function expandWord({ text, pattern }: Word, side: GlobSide): Promise<string[]> {
  if (pattern === undefined || await isThere(side, text)) return [text];
  let found = [pattern.startsWith("/") ? "/" : ""];
  const parts = splitPattern(pattern);
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    const next: string[] = [];
    for (const folder of found) {
      // One by one: a call takes only so many arguments.
      for (const match of await matchesIn(folder, part, { side, isLast })) next.push(match);
    }
    found = next;
  }
  if (found.length === 0) throw new StatusError(402, `Nothing fits ${quote(text)}`);
  return found.sort();
}

function splitPattern(pattern: string): string[] {
  return pattern.split("/").filter((part) => part !== "");
}

async function matchesIn(
  folder: string,
  part: string,
  { side, isLast }: { side: GlobSide; isLast: boolean },
): Promise<string[]> {
  const join = (name: string) => folder === "" || folder === "/" ? folder + name : `${folder}/${name}`;
  const plain = part.replace(/\\(.)/g, "$1");
  if (!/(?<!\\)[*?[]/.test(part)) return !isLast || await isThere(side, join(plain)) ? [join(plain)] : [];
  try {
    return (await side.names(folder === "" ? "." : folder)).filter((name) => matchesGlob(part, name)).map(join);
  } catch (error) {
    if (isNoFolder(error)) return [];
    throw error;
  }
}

async function isThere(side: GlobSide, path: string): Promise<boolean> {
  try {
    return await side.exists(path);
  } catch (error) {
    if (isNoFolder(error)) return false;
    throw error;
  }
}

/** A file where the pattern wants a folder: nothing fits there. */
function isNoFolder(error: unknown): boolean {
  return error instanceof StatusError && (error.code === 402 || error.code === 407);
}
