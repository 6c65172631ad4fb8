import { assertEquals, assertThrows } from "@std/assert";
import { readFlatToml } from "../../server/flat_toml.ts";

Deno.test("readFlatToml() reads every kind of key and value", { permissions: "none" }, () => {
  const text = [
    "# a comment",
    "",
    'a = "x # no comment" # but this is',
    "b-2 = 'C:\\x'",
    '"c c" = 10_000',
    "d = true\r",
    "  e=0x10",
    'f = """\n line = 1\nsecond"""',
    "g = -1.5",
    'h = "a\\"b"',
    "i = false",
  ].join("\n");
  assertEquals([...readFlatToml(text)], [
    ["a", "x # no comment"],
    ["b-2", "C:\\x"],
    ["c c", 10_000],
    ["d", true],
    ["e", 16],
    ["f", " line = 1\nsecond"],
    ["g", -1.5],
    ["h", 'a"b'],
    ["i", false],
  ]);
  for (const empty of ["", "\n", "# only\r\n", "  # only"]) assertEquals(readFlatToml(empty).size, 0);
});

Deno.test("readFlatToml() refuses what is given twice, is no key and value, or needs a level more", {
  permissions: "none",
}, () => {
  const rows: readonly (readonly [text: string, what: string])[] = [
    ["a = 1\na = 2", 'line 2: "a" is given more than once'],
    ['a = 1\n"a" = 2', 'line 2: "a" is given more than once'],
    ["a = 1\n'a' = 2", 'line 2: "a" is given more than once'],
    ["[a]\nb = 1", "line 1: there is no table [a]"],
    ["b = 1\n[[a]]", "line 2: there is no table [[a]]"],
    ["a = 1 b = 2", 'line 1: the value of "a" does not end with its line'],
    ["a = 1 x", 'line 1: the value of "a" does not end with its line'],
    ["a = 1, 2", 'line 1: the value of "a" does not end with its line'],
    ["a = [1, 2]", 'line 1: the value of "a" is no text, number, true or false'],
    ["a = { b = 1 }", 'line 1: the value of "a" is no text, number, true or false'],
    ["a = 1979-05-27", 'line 1: the value of "a" is no text, number, true or false'],
    ["a = tru", 'line 1: the value of "a" is no text, number, true or false'],
    ["a = 01", 'line 1: the value of "a" is no text, number, true or false'],
    ["a = ", 'line 1: the value of "a" is no text, number, true or false'],
    ["a =\n1", 'line 1: the value of "a" is no text, number, true or false'],
    ['a = "x', 'line 1: the value of "a" is no text, number, true or false'],
    ['a = "x\ny"', 'line 1: the value of "a" is no text, number, true or false'],
    ["a", 'line 1: "a" has no value'],
    ["= 1", "line 1: no key is here"],
  ];
  for (const [text, what] of rows) assertEquals(assertThrows(() => readFlatToml(text), Error).message, what, text);
  // These are keys like others: whoever asks for known ones only does not get them.
  assertEquals([...readFlatToml("__proto__ = 1\na.b = 2").keys()], ["__proto__", "a.b"]);
});
