/** Patterns: `*`, `?`, `[a-z]`, `[!a-z]`, and `\` before a character that is meant as it is. */
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { fitsSteps, type Step } from "../tree/pattern.ts";
import type { Word } from "./words.ts";

function stepsOf(pattern: string): Step<string>[] {
  const steps: Step<string>[] = [];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    const end = character === "[" ? classEnd(characters, at) : -1;
    if (character === "*") {
      if (steps.at(-1) !== "any") steps.push("any");
    } else if (character === "?") {
      steps.push(() => true);
    } else if (end > 0) {
      steps.push(classOf(characters.slice(at + 1, end)));
      at = end;
    } else {
      const wanted = character === "\\" ? characters[++at] ?? "\\" : character;
      steps.push((given) => given === wanted);
    }
  }
  return steps;
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

function classOf(characters: readonly string[]): Step<string> {
  const isNegated = characters[0] === "!" || characters[0] === "^";
  const members = (isNegated ? characters.slice(1) : characters).filter((character) => character !== "\\");
  const ranges: [string, string][] = [];
  for (let at = 0; at < members.length; at++) {
    const isRange = members[at + 1] === "-" && at + 2 < members.length;
    ranges.push([members[at]!, isRange ? members[at + 2]! : members[at]!]);
    if (isRange) at += 2;
  }
  return (given) => ranges.some(([from, to]) => from <= given && given <= to) !== isNegated;
}

/** Whether a whole name fits a pattern. A dot at the start has to be written out. */
export function matchesGlob(pattern: string, name: string): boolean {
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  return fitsSteps(stepsOf(pattern), [...name]);
}

/** How one side of the connection is looked at. Paths are in that side's own form. */
export interface GlobSide {
  /** Whether something is at a path. */
  exists(path: string): Promise<boolean>;
  /** Those names in a folder that fit. */
  names(folder: string, fits: (name: string) => boolean): Promise<string[]>;
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
    return (await side.names(folder === "" ? "." : folder, (name) => matchesGlob(part, name))).map(join);
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
