/** Reads one pattern of `--exclude`: the rules of `.gitignore`, and a refusal where those would silently do nothing. */
import { UsageError } from "../../console/exit_status.ts";
import { quote } from "../../protocol/text.ts";
import { fitsSteps, type Step } from "./pattern.ts";
import { readClass } from "./exclude_class.ts";

/** A pattern as steps over the names of a path. */
export interface ExcludePattern {
  readonly steps: readonly Step<string>[];
  /** Whether it fits paths from the top on; else it is one step, which fits names at any depth. */
  readonly fromTop: boolean;
  /** Whether it fits folders only. */
  readonly foldersOnly: boolean;
}

/** A part of a pattern between two slashes: steps over characters, and its text where it holds no sign. */
interface Part {
  readonly steps: Step<string>[];
  /** As it is written. */
  readonly raw: string;
  /** What it stands for, where that is one name. */
  readonly name: string | undefined;
}

/** @throws {UsageError} with the reason, when it cannot be understood */
export function parseExclude(pattern: string): ExcludePattern {
  const fail = (reason: string): never => {
    throw new UsageError(`--exclude ${quote(pattern)} cannot be understood: ${reason}`);
  };
  if (pattern === "") fail("it is empty");
  if (pattern.startsWith("!")) {
    fail(`nothing that is left out is taken in again; the name "${pattern}" is written "\\${pattern}"`);
  }
  const startsAtTop = pattern.startsWith("/");
  const foldersOnly = pattern.endsWith("/");
  const parts = partsOf(pattern, fail).slice(startsAtTop ? 1 : 0);
  if (foldersOnly) parts.pop();
  if (parts.length === 0) fail("it names nothing");
  for (const [at, { raw, name }] of parts.entries()) {
    if (raw === "") fail("there is no name between two slashes");
    if (name !== "." && name !== "..") continue;
    const rest = pattern.slice(pattern.indexOf("/") + 1);
    fail(at === 0 && pattern.startsWith("./") && rest !== "" ? `write "/${rest}" for the top` : `no name is "${name}"`);
  }
  const fromTop = startsAtTop || parts.length > 1;
  return {
    steps: parts.flatMap((part, at) => stepsOver(part, fromTop && at === parts.length - 1)),
    fromTop,
    foldersOnly,
  };
}

/** The steps of a part over the names of a path. At the end `**` is all that is in a folder, and not the folder itself. */
function stepsOver({ steps, raw, name }: Part, isEnd: boolean): Step<string>[] {
  if (name !== undefined) return [(given) => given === name];
  if (/^\*\*+$/.test(raw)) return isEnd ? [() => true, "any"] : ["any"];
  return [(given) => fitsSteps(steps, [...given])];
}

function partsOf(pattern: string, fail: (reason: string) => never): Part[] {
  const parts: Part[] = [];
  const characters = [...pattern];
  let steps: Step<string>[] = [];
  let raw = "";
  let name: string | undefined = "";
  const add = (step: Step<string>, literal?: string) => {
    if (step !== "any" || steps.at(-1) !== "any") steps.push(step);
    name = name === undefined || literal === undefined ? undefined : name + literal;
  };
  for (let at = 0; at <= characters.length; at++) {
    const character = characters[at];
    if (character === undefined || character === "/") {
      parts.push({ steps, raw, name });
      [steps, raw, name] = [[], "", ""];
      continue;
    }
    const start = at;
    if (character === "*") add("any");
    else if (character === "?") add(() => true);
    else if (character === "[") {
      const { end, fits } = readClass(characters, at, fail);
      add(fits);
      at = end;
    } else {
      const wanted = character === "\\" ? characters[++at] : character;
      if (wanted === undefined) return fail("the \\ at its end escapes nothing");
      if (wanted === "/") return fail("a slash cannot be escaped");
      add((given) => given === wanted, wanted);
    }
    raw += characters.slice(start, at + 1).join("");
  }
  return parts;
}
