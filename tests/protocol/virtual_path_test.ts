import { assert, assertEquals, assertThrows } from "@std/assert";
import { StatusError } from "../../protocol/status.ts";
import * as paths from "../../protocol/virtual_path.ts";

const { byteLength, checkName, childOf, componentsOf, isWithin, nameOf, parentOf, TOP, virtualPath } = paths;

function refuses(text: string, sentence = ""): void {
  assertEquals(assertThrows(() => virtualPath(text), StatusError, sentence).code, 411);
}

Deno.test("virtualPath() resolves dots and slashes and never leaves the top", { permissions: "none" }, () => {
  const cases: [string, string][] = [
    ["", "/"],
    ["/", "/"],
    [".", "/"],
    ["..", "/"],
    ["../../..", "/"],
    ["/..//../", "/"],
    ["../x", "/x"],
    ["a/../../x", "/x"],
    ["./../x", "/x"],
    ["..//x", "/x"],
    ["a/b/../../../x", "/x"],
    ["//a///b//", "/a/b"],
    ["a/./b/.", "/a/b"],
    ["/etc/passwd", "/etc/passwd"],
    ["...", "/..."],
    ["..a/.b", "/..a/.b"],
    ["a/b/c/..", "/a/b"],
  ];
  for (const [text, path] of cases) assertEquals(virtualPath(text) as string, path, text);
});

Deno.test("virtualPath() starts from the base when the text is relative", { permissions: "none" }, () => {
  const base = virtualPath("/a/b");
  for (
    const [text, path] of [["c", "/a/b/c"], ["..", "/a"], ["../../..", "/"], ["/c", "/c"], ["", "/a/b"], [
      "../x",
      "/a/x",
    ]]
  ) {
    assertEquals(virtualPath(text!, base) as string, path!);
  }
});

Deno.test("virtualPath() never decodes: what looks like a dot or a slash is a name", { permissions: "none" }, () => {
  // Percent signs, a division slash, a fullwidth solidus, two one-dot leaders, a backslash, a drive.
  for (
    const name of ["%2e%2e%2f", "\u2215etc", "\uff0fetc", "\u2024\u2024", "..\\x", "C:\\x", "\\\\srv\\s", "~", "$(id)"]
  ) {
    assertEquals(componentsOf(virtualPath(name)), [name]);
  }
});

Deno.test(
  "virtualPath() refuses what breaks a line or reorders it wherever they are",
  { permissions: "none" },
  () => {
    const bad = [
      "\0",
      "\n",
      "\r",
      "\t",
      "\x1b",
      "\x7f",
      "\x9b",
      "\u2028",
      "\u2029",
    ];
    const reordering = [..."\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"];
    for (const character of [...bad, ...reordering, "\ud800", "\udc00"]) {
      for (const text of [character, `a${character}`, `${character}/b`, `a/x${character}y/../b`]) {
        refuses(text, "a control character, a line separator or a direction override");
      }
    }
  },
);

Deno.test("virtualPath() shows a refused character in visible form", { permissions: "none" }, () => {
  const error = assertThrows(() => virtualPath("a\x1b[2Jb"), StatusError);
  const what = "a control character, a line separator or a direction override";
  assertEquals(error.message, String.raw`Name "a\u{1b}[2Jb" holds ${what}`);
});

Deno.test("virtualPath() keeps format characters, which are part of real names", { permissions: "none" }, () => {
  const marks = ["\u00ad", "\u061c", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2060", "\ufeff", "\ufe0f"];
  for (const mark of [...marks, "\u2065", "\u206a", "\u{e0041}", "\u{e0100}"]) {
    for (const name of [mark, `${mark}a`, `a${mark}b`, `a${mark}`]) assertEquals(nameOf(virtualPath(name)), name);
  }
});

Deno.test("virtualPath() keeps names byte for byte when they are Unicode", { permissions: "none" }, () => {
  const composed = "\u00e9", decomposed = "e\u0301";
  for (const name of [composed, decomposed, "日本語", "😀", "a b", " a ", "-rf", "*?[]", "%s%n{{7*7}}${x}", "'\""]) {
    assertEquals(nameOf(virtualPath(name)), name);
  }
  assert(virtualPath(composed) !== virtualPath(decomposed));
});

Deno.test("checkName() takes 255 bytes and refuses 256", { permissions: "none" }, () => {
  for (const name of ["x".repeat(254), "x".repeat(255), `${"é".repeat(127)}x`]) checkName(name);
  for (const name of ["x".repeat(256), "é".repeat(128)]) {
    assertEquals(byteLength(name), 256);
    assertEquals(assertThrows(() => checkName(name), StatusError, "256 bytes is over the limit of 255").code, 411);
  }
});

Deno.test("checkName() refuses names that are no name", { permissions: "none" }, () => {
  for (const name of ["", ".", "..", "/", "a/b", "/a", "a/"]) {
    assertEquals(assertThrows(() => checkName(name), StatusError).code, 411, name);
  }
});

Deno.test("virtualPath() takes 4,096 bytes and refuses 4,097", { permissions: "none" }, () => {
  const pathOf = (bytes: number) => `/${"x".repeat(255)}`.repeat(15) + `/${"y".repeat(bytes - 256 * 15 - 1)}`;
  for (const bytes of [4_095, 4_096]) assertEquals(byteLength(virtualPath(pathOf(bytes))), bytes);
  assertEquals(byteLength(pathOf(4_096)), 4_096);
  // One more than the limit, and of names that are each allowed.
  refuses(`${pathOf(4_095)}/z`, "Path of 4097 bytes is over the limit of 4096 bytes");
});

Deno.test(
  "virtualPath() refuses a path over 4,096 bytes when base and text add up to it",
  { permissions: "none" },
  () => {
    const half = Array(10).fill("x".repeat(250)).join("/");
    const base = virtualPath(half);
    assertEquals(assertThrows(() => virtualPath(half, base), StatusError, "over the limit of 4096 bytes").code, 411);
    assertEquals(assertThrows(() => childOf(base, half), StatusError, "over the limit of 4096 bytes").code, 411);
  },
);

Deno.test("virtualPath() takes 64 levels and refuses 65", { permissions: "none" }, () => {
  const levels = (count: number) => Array(count).fill("d").join("/");
  for (const count of [63, 64]) assertEquals(componentsOf(virtualPath(levels(count))).length, count);
  refuses(levels(65), "65 levels is over the limit of 64");
  refuses(levels(1000), "1000 levels");
  assertEquals(assertThrows(() => childOf(virtualPath(levels(64)), "x"), StatusError, "65 levels").code, 411);
});

Deno.test("componentsOf(), nameOf() and parentOf() take a path apart", { permissions: "none" }, () => {
  const path = virtualPath("/a/b c/d");
  assertEquals(componentsOf(path), ["a", "b c", "d"]);
  assertEquals(nameOf(path), "d");
  assertEquals(parentOf(path) as string, "/a/b c");
  assertEquals(componentsOf(TOP), []);
  assertEquals(nameOf(TOP), "/");
  assertEquals(parentOf(TOP), TOP);
  assertEquals(parentOf(virtualPath("a")), TOP);
});

Deno.test("isWithin() goes by components, not by letters", { permissions: "none" }, () => {
  const [a, ab, aSlashB] = [virtualPath("a"), virtualPath("ab"), virtualPath("a/b")];
  assertEquals([isWithin(aSlashB, a), isWithin(a, a), isWithin(a, TOP), isWithin(TOP, TOP)], [true, true, true, true]);
  assertEquals([isWithin(ab, a), isWithin(a, aSlashB), isWithin(TOP, a)], [false, false, false]);
});
