import { assert, assertEquals, assertRejects } from "@std/assert";
import { StatusError } from "../../../protocol/status.ts";
import { expandWord, type GlobSide, matchesGlob } from "../../../client/commands/glob.ts";
import { literal, parseLine } from "../../../client/commands/words.ts";

function check(pattern: string, fits: string[], others: string[]): void {
  for (const name of fits) assert(matchesGlob(pattern, name), `${pattern} must fit ${name}`);
  for (const name of others) assert(!matchesGlob(pattern, name), `${pattern} must not fit ${name}`);
}

Deno.test("matchesGlob() fits stars and question marks to the whole name", { permissions: "none" }, () => {
  check("*", ["a", "abc", ""], []);
  check("*.txt", ["a.txt", "a.b.txt"], ["a.txt2", "txt", "a.TXT"]);
  check("a*b*c", ["abc", "aXbYc", "abbcc"], ["ab", "abcd", "xabc"]);
  check("?", ["a", "é", "😀"], ["", "ab"]);
  check("a?c", ["abc", "a😀c"], ["ac", "abbc"]);
  check("**", ["a"], []);
});

Deno.test("matchesGlob() fits classes, ranges and their negation", { permissions: "none" }, () => {
  check("[abc]", ["a", "c"], ["d", "ab", ""]);
  check("[a-cx]1", ["b1", "x1"], ["d1", "-1"]);
  check("[!a-c]", ["d", "-"], ["a", "b"]);
  check("[^a]", ["b"], ["a"]);
  check("[a-]", ["a", "-"], ["b"]);
  check("[]a]", ["]", "a"], ["b"]);
  check("[!]a]", ["b"], ["]", "a"]);
  check("[ab", ["[ab"], ["a"]);
});

Deno.test("matchesGlob() takes a character after a backslash as it is", { permissions: "none" }, () => {
  check("\\*", ["*"], ["a"]);
  check("a\\?", ["a?"], ["ab"]);
  check("\\[a]", ["[a]"], ["a"]);
  check("\\\\*", ["\\x"], ["x"]);
  check("[\\]]", ["]"], ["\\]", "\\"]);
});

Deno.test("matchesGlob() fits a dot at the start only when it is written", { permissions: "none" }, () => {
  check(".*", [".a", "."], ["a"]);
  for (const pattern of ["*", "?a", "[.]a", "[!x]a"]) check(pattern, [], [".a"]);
});

Deno.test("matchesGlob() takes other signs of regular expressions as they are", { permissions: "none" }, () => {
  check("a.b+(c)|{d}$^", ["a.b+(c)|{d}$^"], ["axb"]);
});

Deno.test(
  "matchesGlob() ends when stars could be tried in more ways than there is time for",
  { permissions: "none" },
  () => {
    // Backtracking over all stars would take longer than the universe has been there.
    assert(!matchesGlob(`${"*a".repeat(30)}*b`, "a".repeat(2000)));
    assert(matchesGlob(`${"*a".repeat(30)}*`, "a".repeat(2000)));
  },
);

/** A side that is a table of folders. */
const side: GlobSide = {
  exists(path) {
    // As the server has it: what is below a file cannot be looked at.
    if (FILES.has(path.replace(/\/[^/]*$/, "")) && path.includes("/")) {
      return Promise.reject(new StatusError(407, "Not a folder"));
    }
    return Promise.resolve(Object.hasOwn(FOLDERS, path) || FILES.has(path));
  },
  names(folder, fits) {
    if (FILES.has(folder)) return Promise.reject(new StatusError(407, "Not a folder"));
    if (folder === "locked") return Promise.reject(new StatusError(406, "Not permitted"));
    const names = FOLDERS[folder];
    return names ? Promise.resolve(names.filter(fits)) : Promise.reject(new StatusError(402, "Not there"));
  },
};
const FOLDERS: Record<string, string[]> = {
  ".": ["b.txt", "a.txt", "d1", "d2", ".hidden", "real*"],
  "/": ["home"],
  "/home": ["x"],
  "d1": ["y.txt", "z"],
  "d2": ["y.txt"],
};
const FILES = new Set(["b.txt", "a.txt", ".hidden", "real*", "d1/y.txt", "d1/z", "d2/y.txt", "/home/x"]);

async function expand(text: string): Promise<string[]> {
  return await expandWord(parseLine(text)[0]![0]!, side);
}

Deno.test(
  "expandWord() gives the names that fit, sorted, and hidden ones only when asked",
  { permissions: "none" },
  async () => {
    assertEquals(await expand("*.txt"), ["a.txt", "b.txt"]);
    assertEquals(await expand(".h*"), [".hidden"]);
    assertEquals(await expand("*/y.txt"), ["d1/y.txt", "d2/y.txt"]);
    // `a.txt` and `b.txt` fit the star, too, but nothing is below them.
    assertEquals(await expand("[ad]*/y.txt"), ["d1/y.txt", "d2/y.txt"]);
    assertEquals(await expand("d?/*"), ["d1/y.txt", "d1/z", "d2/y.txt"]);
    assertEquals(await expand("/h*/?"), ["/home/x"]);
    assertEquals(await expand("d1/[z]"), ["d1/z"]);
  },
);

Deno.test("expandWord() gives the word itself when it is no pattern or is there as written", {
  permissions: "none",
}, async () => {
  assertEquals(await expandWord(literal("*.txt"), side), ["*.txt"]);
  assertEquals(await expand('"*.txt"'), ["*.txt"]);
  assertEquals(await expand("real*"), ["real*"]);
  assertEquals(await expand("nowhere"), ["nowhere"]);
});

Deno.test("expandWord() fails with 402 when nothing fits", { permissions: "none" }, async () => {
  for (const text of ["*.jpg", "nowhere/*", "a.txt/*", "*/nothing"]) {
    const error = await assertRejects(() => expand(text), StatusError, `Nothing fits "${text}"`);
    assertEquals(error.code, 402);
  }
});

Deno.test("expandWord() passes a refusal on instead of finding nothing", { permissions: "none" }, async () => {
  assertEquals((await assertRejects(() => expand("locked/*"), StatusError, "Not permitted")).code, 406);
});
