import { assertEquals } from "@std/assert";
import { escapeText, hasForbiddenCharacters, quote } from "../../protocol/text.ts";

/** What no name may hold. */
const FORBIDDEN: [string, string][] = [
  ["\0", "0"],
  ["\n", "a"],
  ["\r", "d"],
  ["\x1b", "1b"],
  ["\x7f", "7f"],
  ["\x9b", "9b"],
  ["\u2028", "2028"],
  ["\u2029", "2029"],
  ["\u202a", "202a"],
  ["\u202e", "202e"],
  ["\u2066", "2066"],
  ["\u2069", "2069"],
  ["\ud800", "d800"],
  ["\udfff", "dfff"],
];

/** What a name may hold, and nobody sees. */
const HIDDEN: [string, string][] = [
  ["\u00ad", "ad"],
  ["\u034f", "34f"],
  ["\u061c", "61c"],
  ["\u180e", "180e"],
  ["\u200b", "200b"],
  ["\u200c", "200c"],
  ["\u200d", "200d"],
  ["\u200e", "200e"],
  ["\u200f", "200f"],
  ["\u2060", "2060"],
  ["\u3164", "3164"],
  ["\ufe0f", "fe0f"],
  ["\ufeff", "feff"],
  ["\u{e0020}", "e0020"],
  ["\u{e0100}", "e0100"],
];

Deno.test("escapeText() shows every hidden character in visible form", { permissions: "none" }, () => {
  for (const [character, hex] of [...FORBIDDEN, ...HIDDEN]) {
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
  "row 14: escapeText() leaves a joiner as it is between letters that it joins",
  { permissions: "none" },
  () => {
    const words = [
      "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", // Persian, ZWNJ between joining letters
      "\u0645\u06cc\u064e\u200c\u0650\u062e", // the same with vowel marks between
      "\u0915\u094d\u200d\u0937", // Hindi, ZWJ after a virama
      "\u0915\u094d\u200c\u0937", // and ZWNJ
      "\u0dc1\u0dca\u200d\u0dbb\u0dd3", // Sinhala
      "\u09b0\u200d\u09cd\u09af\u09be\u09ac", // Bengali, ZWJ before the virama
    ];
    for (const word of words) assertEquals(escapeText(`${word}.txt`), `${word}.txt`);
  },
);

Deno.test("row 14: escapeText() leaves an emoji as it is", { permissions: "none" }, () => {
  const emoji = [
    "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}", // a family
    "\u{1f469}\u{1f3fd}\u200d\u{1f4bb}", // with a skin
    "\u2764\ufe0f\u200d\u{1f525}", // with a variation selector
    "\u{1f3f3}\ufe0f\u200d\u{1f308}",
    "1\ufe0f\u20e3", // a keycap
    "\u263a\ufe0e",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", // the flag of England
    "\u{1f1e9}\u{1f1ea}",
  ];
  for (const one of emoji) assertEquals(escapeText(`a${one}b${one}`), `a${one}b${one}`);
});

Deno.test("row 14: escapeText() escapes a joiner that joins nothing", { permissions: "none" }, () => {
  const cases: [string, string][] = [
    ["pay\u200cpal", String.raw`pay\u{200c}pal`],
    ["pay\u200dpal", String.raw`pay\u{200d}pal`],
    ["\u0915\u200d\u0937", "\u0915\\u{200d}\u0937"],
    ["\u0915\u094d\u200d\u200d\u0937", "\u0915\u094d\u200d\\u{200d}\u0937"],
    ["\u06cc\u200c", "\u06cc\\u{200c}"],
    ["\u200c\u06cc", "\\u{200c}\u06cc"],
    ["\u06cc\u200c\u200c\u06cc", "\u06cc\\u{200c}\\u{200c}\u06cc"],
    ["\u{1f468}\u200d", "\u{1f468}\\u{200d}"],
    ["\u{1f468}\u200dx", "\u{1f468}\\u{200d}x"],
    ["1\ufe0f", String.raw`1\u{fe0f}`],
    ["\u{1f3f4}\u{e0067}\u{e0062}", String.raw`${"\u{1f3f4}"}\u{e0067}\u{e0062}`],
    // A secret spelled in tags.
    [`\u{1f600}\u{e0068}\u{e0069}`, String.raw`${"\u{1f600}"}\u{e0068}\u{e0069}`],
  ];
  for (const [text, shown] of cases) assertEquals(escapeText(text), shown);
});

Deno.test(
  "hasForbiddenCharacters() finds one wherever it stands, and again when asked again",
  { permissions: "none" },
  () => {
    for (const [character] of FORBIDDEN) {
      for (const text of [character, `long text before${character}`, `${character}x`, character]) {
        assertEquals(hasForbiddenCharacters(text), true);
      }
      assertEquals(hasForbiddenCharacters("plain é 😀"), false);
    }
    for (const [character] of HIDDEN) assertEquals(hasForbiddenCharacters(`a${character}b`), false);
  },
);

Deno.test("quote() puts the escaped name into double quotes", { permissions: "none" }, () => {
  assertEquals(quote("a b\n.txt"), String.raw`"a b\u{a}.txt"`);
});
