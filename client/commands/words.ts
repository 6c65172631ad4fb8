/** A command line cut into commands and words, with quoting as in a shell. */
import { UsageError } from "../../console/exit_status.ts";

/** One word. `pattern` is set when it holds an unquoted `*`, `?` or `[`: the text with quoted ones escaped. */
export interface Word {
  readonly text: string;
  readonly pattern: string | undefined;
}

const GLOB = "*?[";
/** As a shell has it: other spaces of Unicode are letters of names. */
const BLANK = /[ \t\n\r\v\f]/;

/** A word that is taken as it is. */
export function literal(text: string): Word {
  return { text, pattern: undefined };
}

/** The word at the end of a line, which somebody may still be typing. */
export interface OpenWord {
  /** As it is typed, and what it means. */
  readonly raw: string;
  readonly text: string;
  /** The quote that is not closed yet. */
  readonly quote: string | undefined;
}

/**
 * Cuts a line at `;` and blanks. `"a b"`, `'a b'` and `a\ b` are one word each; `!` at the start of a command takes the
 * rest of the line as it is; `#` at the start of a command begins a comment.
 *
 * @throws {UsageError} when a quote is not closed
 */
export function parseLine(line: string): Word[][] {
  const { commands, open } = cut(line);
  if (open.quote !== undefined) throw new UsageError(`A quote ${open.quote} is not closed`);
  return commands;
}

/** The last command of a line that is being typed: the words before the one at its end, and that one. */
export function parseTyped(line: string): { before: Word[]; open: OpenWord } {
  const { last, open } = cut(line);
  return { before: open.raw === "" ? last : last.slice(0, -1), open };
}

function cut(line: string): { commands: Word[][]; last: Word[]; open: OpenWord } {
  const commands: Word[][] = [];
  let words: Word[] = [];
  let open: OpenWord = { raw: "", text: "", quote: undefined };
  let at = 0;
  const endCommand = () => {
    if (words.length > 0) commands.push(words);
    words = [];
  };
  while (at < line.length) {
    const character = line[at]!;
    if (character === ";" || character === "\n") {
      endCommand();
      at++;
    } else if (BLANK.test(character)) {
      at++;
    } else if (words.length === 0 && (character === "!" || character === "#")) {
      const end = line.indexOf("\n", at) < 0 ? line.length : line.indexOf("\n", at);
      if (character === "!") words.push(literal("!"), literal(line.slice(at + 1, end).trim()));
      at = end;
    } else {
      const { word, end, quote } = readWord(line, at);
      words.push(word);
      if (end === line.length) open = { raw: line.slice(at), text: word.text, quote };
      at = end;
    }
  }
  const last = words;
  endCommand();
  return { commands, last, open };
}

function readWord(line: string, start: number): { word: Word; end: number; quote: string | undefined } {
  let text = "";
  let pattern = "";
  let hasGlob = false;
  let quote: string | undefined;
  let at = start;
  const add = (character: string, isQuoted: boolean) => {
    text += character;
    if (isQuoted && (GLOB.includes(character) || character === "\\" || character === "]")) pattern += "\\";
    else if (GLOB.includes(character)) hasGlob = true;
    pattern += character;
  };
  for (; at < line.length; at++) {
    const character = line[at]!;
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else if (character === "\\" && quote === '"' && /["\\]/.test(line[at + 1] ?? "")) add(line[++at]!, true);
      else add(character, true);
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (character === "\\" && at + 1 < line.length) {
      add(line[++at]!, true);
    } else if (character === ";" || BLANK.test(character)) {
      break;
    } else {
      add(character, false);
    }
  }
  return { word: { text, pattern: hasGlob ? pattern : undefined }, end: at, quote };
}
