import { assertEquals } from "@std/assert";
import { escapeText, hasUnsafeCharacters, quote } from "../../protocol/text.ts";

const UNSAFE: [string, string][] = [
  ["\0", "0"],
  ["\n", "a"],
  ["\r", "d"],
  ["\x1b", "1b"],
  ["\x7f", "7f"],
  ["\x9b", "9b"],
  ["\u00ad", "ad"],
  ["\u200b", "200b"],
  ["\u200f", "200f"],
  ["\u2028", "2028"],
  ["\u2029", "2029"],
  ["\u202e", "202e"],
  ["\u2066", "2066"],
  ["\ufeff", "feff"],
  ["\u{e0020}", "e0020"],
  ["\ud800", "d800"],
  ["\udfff", "dfff"],
];

Deno.test("escapeText() shows every unsafe character in visible form", { permissions: "none" }, () => {
  for (const [character, hex] of UNSAFE) {
    assertEquals(escapeText(`a${character}b${character}`), `a\\u{${hex}}b\\u{${hex}}`);
  }
  assertEquals(escapeText("\x1b]52;c;aGk=\x07"), String.raw`\u{1b}]52;c;aGk=\u{7}`);
});

Deno.test("escapeText() leaves what people write as it is", { permissions: "none" }, () => {
  for (const text of ["", "plain", "é e\u0301 日本語 😀", "a b\u00a0c", "\"'\\%s${x}"]) {
    assertEquals(escapeText(text), text);
  }
});

Deno.test(
  "hasUnsafeCharacters() finds one wherever it stands, and again when asked again",
  { permissions: "none" },
  () => {
    for (const [character] of UNSAFE) {
      // A global pattern remembers where it stopped: the second answer must not depend on the first.
      for (const text of [character, `long text before${character}`, `${character}x`, character]) {
        assertEquals(hasUnsafeCharacters(text), true);
      }
      assertEquals(hasUnsafeCharacters("plain é 😀"), false);
    }
  },
);

Deno.test("quote() puts the escaped name into double quotes", { permissions: "none" }, () => {
  assertEquals(quote("a b\n.txt"), String.raw`"a b\u{a}.txt"`);
});
