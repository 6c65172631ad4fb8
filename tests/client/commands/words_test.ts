import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../../console/exit_status.ts";
import { literal, parseLine, parseTyped } from "../../../client/commands/words.ts";

/** The texts of each command's words. */
function texts(line: string): string[][] {
  return parseLine(line).map((words) => words.map(({ text }) => text));
}

/** The patterns of the words of one command. */
function patterns(line: string): (string | undefined)[] {
  return parseLine(line)[0]!.map(({ pattern }) => pattern);
}

Deno.test("parseLine() cuts at blanks, semicolons and line ends", { permissions: "none" }, () => {
  assertEquals(texts("put a b"), [["put", "a", "b"]]);
  assertEquals(texts("  cd \t x ;; ls;pwd ; "), [["cd", "x"], ["ls"], ["pwd"]]);
  assertEquals(texts("ls\r\npwd\n"), [["ls"], ["pwd"]]);
  for (const line of ["", " ", ";", ";;\n;"]) assertEquals(texts(line), []);
  // As a shell does it: other spaces are letters of names.
  assertEquals(texts("ls \u3000a\u00a0b \ufeffc"), [["ls", "\u3000a\u00a0b", "\ufeffc"]]);
});

Deno.test("parseLine() keeps quoted blanks, semicolons and empty words", { permissions: "none" }, () => {
  assertEquals(texts(`get "a b" 'c d' e\\ f`), [["get", "a b", "c d", "e f"]]);
  assertEquals(texts(`rm "a;b" 'c;d' e\\;f`), [["rm", "a;b", "c;d", "e;f"]]);
  assertEquals(texts(`put "" '' x`), [["put", "", "", "x"]]);
  assertEquals(texts(`a"b c"'d e'f`), [["ab cd ef"]]);
  assertEquals(texts(`'a\nb' "c\nd"`), [["a\nb", "c\nd"]]);
});

Deno.test("parseLine() takes a backslash as a shell does", { permissions: "none" }, () => {
  assertEquals(texts(String.raw`"a\"b" "a\\b" "a\nb" 'a\b'`), [['a"b', "a\\b", "a\\nb", "a\\b"]]);
  assertEquals(texts(String.raw`\"a \'b \\c \#d`), [['"a', "'b", "\\c", "#d"]]);
  assertEquals(texts("a\\"), [["a\\"]]);
});

Deno.test("parseLine() refuses a quote that is not closed", { permissions: "none" }, () => {
  for (const [line, mark] of [[`put "a`, '"'], ["put 'a", "'"], [`"a\\"`, '"'], ["it's", "'"]]) {
    assertThrows(() => parseLine(line!), UsageError, `A quote ${mark} is not closed`);
  }
});

Deno.test("parseLine() sets a pattern only when a glob character is not quoted", { permissions: "none" }, () => {
  assertEquals(patterns("*.txt a?c [ab] plain ]"), ["*.txt", "a?c", "[ab]", undefined, undefined]);
  assertEquals(patterns(String.raw`"*.txt" '?' \[a]`), [undefined, undefined, undefined]);
  // Quoted and not quoted in one word: the quoted one is meant as it is.
  assertEquals(patterns(String.raw`"*"* a\?*`), [String.raw`\**`, String.raw`a\?*`]);
  assertEquals(patterns(String.raw`'a\b'*`), [String.raw`a\\b*`]);
});

Deno.test("parseLine() hands the rest of the line to ! as it is", { permissions: "none" }, () => {
  assertEquals(texts(`ls; !echo "a;b" | wc -c # x\npwd`), [["ls"], ["!", `echo "a;b" | wc -c # x`], ["pwd"]]);
  assertEquals(texts("!"), [["!", ""]]);
  // Only at the start of a command.
  assertEquals(texts("put a!b !c"), [["put", "a!b", "!c"]]);
});

Deno.test("parseLine() leaves a comment out when # begins a command", { permissions: "none" }, () => {
  assertEquals(texts(`# it's nothing\nls # b`), [["ls", "#", "b"]]);
  assertEquals(texts("ls a#b;# rest; of line\npwd"), [["ls", "a#b"], ["pwd"]]);
});

Deno.test("literal() makes no pattern", { permissions: "none" }, () => {
  assertEquals(literal("*"), { text: "*", pattern: undefined });
});

Deno.test("parseTyped() gives the word that is being typed, and those before it", { permissions: "none" }, () => {
  const rows: [line: string, before: string[], raw: string, text: string, quote?: string][] = [
    ["", [], "", ""],
    ["ge", [], "ge", "ge"],
    ["get ", ["get"], "", ""],
    ['get x "a b', ["get", "x"], '"a b', "a b", '"'],
    ["get 'it", ["get"], "'it", "it", "'"],
    [`get a\\ b"c d"e`, ["get"], `a\\ b"c d"e`, "a bc de"],
    ["ls; cd do", ["cd"], "do", "do"],
    ["ls;", [], "", ""],
  ];
  for (const [line, before, raw, text, quote] of rows) {
    const typed = parseTyped(line);
    assertEquals(typed.before.map((word) => word.text), before, line);
    assertEquals(typed.open, { raw, text, quote }, line);
  }
});
