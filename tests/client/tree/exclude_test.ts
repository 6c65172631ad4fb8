import { assert, assertEquals, assertThrows } from "@std/assert";
import { Exclude } from "../../../client/tree/exclude.ts";
import { UsageError } from "../../../console/exit_status.ts";

/** A tree; what something else is in is a folder. */
const TREE: readonly string[] = [
  "top.log",
  "Top.LOG",
  "#h",
  "!k",
  "a b",
  "-",
  "]",
  "[",
  "foo-1",
  "secret",
  "secret/k",
  "app",
  "app/secret",
  "app/secret/k",
  "src",
  "src/b.log",
  "src/sub",
  "src/sub/c.log",
  "src/sub/deep",
  "src/sub/deep/d.log",
  "app/src",
  "app/src/b.log",
  "logs",
  "app/logs",
  "app/logs/x",
  ".hid",
  "app/.hid",
  "star*x",
  "back\\s",
  "a",
  "a/b",
  "a/b/x",
  "a/x",
  "a/x/b",
  "a/x/y",
  "a/x/y/b",
  "b",
];

function isFolder(path: string): boolean {
  return TREE.some((other) => other.startsWith(`${path}/`));
}

/** What is left out of the tree. */
function leftOut(...patterns: string[]): string[] {
  const exclude = new Exclude(patterns);
  return TREE.filter((path) => exclude.fits(path, isFolder(path)));
}

/** What `git check-ignore` of git 2 says of the tree for a `.gitignore` that holds the pattern (`#` escaped). */
const GIT: readonly (readonly [pattern: string, ignored: string])[] = [
  ["*.log", "top.log, src/b.log, src/sub/c.log, src/sub/deep/d.log, app/src/b.log"],
  ["/*.log", "top.log"],
  ["src/*.log", "src/b.log"],
  ["/src/*.log", "src/b.log"],
  ["src/**/*.log", "src/b.log, src/sub/c.log, src/sub/deep/d.log"],
  ["**/src/*.log", "src/b.log, app/src/b.log"],
  ["**/*.log", "top.log, src/b.log, src/sub/c.log, src/sub/deep/d.log, app/src/b.log"],
  ["src/**", "src/b.log, src/sub, src/sub/c.log, src/sub/deep, src/sub/deep/d.log"],
  ["src/**/", "src/sub, src/sub/c.log, src/sub/deep, src/sub/deep/d.log"],
  ["/src", "src, src/b.log, src/sub, src/sub/c.log, src/sub/deep, src/sub/deep/d.log"],
  ["src", "src, src/b.log, src/sub, src/sub/c.log, src/sub/deep, src/sub/deep/d.log, app/src, app/src/b.log"],
  ["src/", "src, src/b.log, src/sub, src/sub/c.log, src/sub/deep, src/sub/deep/d.log, app/src, app/src/b.log"],
  ["secret/", "secret, secret/k, app/secret, app/secret/k"],
  ["/secret/", "secret, secret/k"],
  ["secret", "secret, secret/k, app/secret, app/secret/k"],
  ["app/secret", "app/secret, app/secret/k"],
  ["/app/secret/", "app/secret, app/secret/k"],
  ["app/*", "app/secret, app/secret/k, app/src, app/src/b.log, app/logs, app/logs/x, app/.hid"],
  ["app/*/", "app/secret, app/secret/k, app/src, app/src/b.log, app/logs, app/logs/x"],
  ["*/secret", "app/secret, app/secret/k"],
  ["**/secret", "secret, secret/k, app/secret, app/secret/k"],
  ["**/secret/k", "secret/k, app/secret/k"],
  ["k", "secret/k, app/secret/k"],
  ["/k", ""],
  ["logs/", "app/logs, app/logs/x"],
  ["logs", "logs, app/logs, app/logs/x"],
  ["a/**/b", "a/b, a/b/x, a/x/b, a/x/y/b"],
  ["a/**", "a/b, a/b/x, a/x, a/x/b, a/x/y, a/x/y/b"],
  ["a/*/b", "a/x/b"],
  ["a/**/x/**/b", "a/x/b, a/x/y/b"],
  ["**/b", "a/b, a/b/x, a/x/b, a/x/y/b, b"],
  ["b", "a/b, a/b/x, a/x/b, a/x/y/b, b"],
  ["/b", "b"],
  ["/b/", ""],
  [
    "**",
    "top.log, Top.LOG, #h, !k, a b, -, ], [, foo-1, secret, secret/k, app, app/secret, app/secret/k, src, src/b.log, src/sub, src/sub/c.log, src/sub/deep, src/sub/deep/d.log, app/src, app/src/b.log, logs, app/logs, app/logs/x, .hid, app/.hid, star*x, back\\s, a, a/b, a/b/x, a/x, a/x/b, a/x/y, a/x/y/b, b",
  ],
  [
    "/**",
    "top.log, Top.LOG, #h, !k, a b, -, ], [, foo-1, secret, secret/k, app, app/secret, app/secret/k, src, src/b.log, src/sub, src/sub/c.log, src/sub/deep, src/sub/deep/d.log, app/src, app/src/b.log, logs, app/logs, app/logs/x, .hid, app/.hid, star*x, back\\s, a, a/b, a/b/x, a/x, a/x/b, a/x/y, a/x/y/b, b",
  ],
  [
    "/*",
    "top.log, Top.LOG, #h, !k, a b, -, ], [, foo-1, secret, secret/k, app, app/secret, app/secret/k, src, src/b.log, src/sub, src/sub/c.log, src/sub/deep, src/sub/deep/d.log, app/src, app/src/b.log, logs, app/logs, app/logs/x, .hid, app/.hid, star*x, back\\s, a, a/b, a/b/x, a/x, a/x/b, a/x/y, a/x/y/b, b",
  ],
  [
    "*",
    "top.log, Top.LOG, #h, !k, a b, -, ], [, foo-1, secret, secret/k, app, app/secret, app/secret/k, src, src/b.log, src/sub, src/sub/c.log, src/sub/deep, src/sub/deep/d.log, app/src, app/src/b.log, logs, app/logs, app/logs/x, .hid, app/.hid, star*x, back\\s, a, a/b, a/b/x, a/x, a/x/b, a/x/y, a/x/y/b, b",
  ],
  [
    "**/",
    "secret, secret/k, app, app/secret, app/secret/k, src, src/b.log, src/sub, src/sub/c.log, src/sub/deep, src/sub/deep/d.log, app/src, app/src/b.log, app/logs, app/logs/x, app/.hid, a, a/b, a/b/x, a/x, a/x/b, a/x/y, a/x/y/b",
  ],
  ["?", "-, ], [, secret/k, app/secret/k, app/logs/x, a, a/b, a/b/x, a/x, a/x/b, a/x/y, a/x/y/b, b"],
  ["??", "#h, !k"],
  ["[a-c]", "a, a/b, a/b/x, a/x, a/x/b, a/x/y, a/x/y/b, b"],
  ["[!a-c]", "-, ], [, secret/k, app/secret/k, app/logs/x, a/b/x, a/x, a/x/b, a/x/y, a/x/y/b"],
  ["[^a-c]", "-, ], [, secret/k, app/secret/k, app/logs/x, a/b/x, a/x, a/x/b, a/x/y, a/x/y/b"],
  ["[]-]", "-, ]"],
  ["[[]", "["],
  ["[[:punct:]]", "-, ], ["],
  ["[[:alpha:]]", "secret/k, app/secret/k, app/logs/x, a, a/b, a/b/x, a/x, a/x/b, a/x/y, a/x/y/b, b"],
  ["[a-]", "-, a, a/b, a/b/x, a/x, a/x/b, a/x/y, a/x/y/b"],
  ["\\#h", "#h"],
  ["#h", "#h"],
  ["\\!k", "!k"],
  ["?k", "!k"],
  ["a b", "a b"],
  ["a\\ b", "a b"],
  ["*\\**", "star*x"],
  ["back\\\\s", "back\\s"],
  ["star[*]x", "star*x"],
  ["TOP.log", ""],
  ["Top.LOG", "Top.LOG"],
  ["[Tt]op.*", "top.log, Top.LOG"],
  [".*", ".hid, app/.hid"],
  [".hid", ".hid, app/.hid"],
  ["app/.hid", "app/.hid"],
  ["foo-[0-9]", "foo-1"],
  ["*-[[:digit:]]", "foo-1"],
  ["s**c", "src, src/b.log, src/sub, src/sub/c.log, src/sub/deep, src/sub/deep/d.log, app/src, app/src/b.log"],
  ["src/sub**", "src/sub, src/sub/c.log, src/sub/deep, src/sub/deep/d.log"],
  ["src/***/c.log", "src/sub/c.log"],
  ["x/b", ""],
  ["/a/b/x", "a/b/x"],
  ["secret/k", "secret/k"],
  ["secret/*", "secret/k"],
];

Deno.test("Exclude leaves out what git ignores by the same pattern", { permissions: "none" }, () => {
  for (const [pattern, ignored] of GIT) assertEquals(leftOut(pattern).join(", "), ignored, pattern);
});

Deno.test("Exclude leaves out what any of its patterns fits", { permissions: "none" }, () => {
  assertEquals(leftOut("/k", "k", "logs/").join(), "secret/k,app/secret/k,app/logs,app/logs/x");
  assertEquals(leftOut(), []);
});

Deno.test("Exclude takes a character of several bytes as one", { permissions: "none" }, () => {
  const exclude = new Exclude(["caf?", "[à-ï]", "🎉*"]);
  for (const name of ["café", "é", "🎉", "🎉x", "d/café"]) assert(exclude.fits(name, false), name);
  for (const name of ["cafés", "ß", "x🎉"]) assert(!exclude.fits(name, false), name);
});

Deno.test("Exclude refuses what it cannot understand, and says why", { permissions: "none" }, () => {
  const rows: readonly (readonly [pattern: string, reason: string])[] = [
    ["./x", 'write "/x" for the top'],
    ["./a/b", 'write "/a/b" for the top'],
    ["!x", 'nothing that is left out is taken in again; the name "!x" is written "\\!x"'],
    ["", "it is empty"],
    ["/", "it names nothing"],
    ["//", "there is no name between two slashes"],
    ["//x", "there is no name between two slashes"],
    ["a//b", "there is no name between two slashes"],
    ["a//", "there is no name between two slashes"],
    [".", 'no name is "."'],
    ["./", 'no name is "."'],
    ["..", 'no name is ".."'],
    ["../x", 'no name is ".."'],
    ["/..", 'no name is ".."'],
    ["a/../b", 'no name is ".."'],
    ["a/./b", 'no name is "."'],
    ["a/.", 'no name is "."'],
    ["\\.", 'no name is "."'],
    ["[", "a [ is not closed"],
    ["[a", "a [ is not closed"],
    ["[]", "a [ is not closed"],
    ["[!]", "a [ is not closed"],
    ["x[a-", "a [ is not closed"],
    ["[a\\]", "a [ is not closed"],
    ["[[:alpha:]", "a [ is not closed"],
    ["[[:", "a [ is not closed"],
    ["[[:word:]]", 'there is no class "[:word:]"'],
    ["[[:ALPHA:]]", 'there is no class "[:ALPHA:]"'],
    ["[z-a]", 'the range "z" to "a" is empty'],
    ["[a/b]", "no slash can be between [ and ]"],
    ["a\\/b", "a slash cannot be escaped"],
    ["x\\", "the \\ at its end escapes nothing"],
    ["\\", "the \\ at its end escapes nothing"],
  ];
  for (const [pattern, reason] of rows) {
    const error = assertThrows(() => new Exclude([pattern]), UsageError);
    assertEquals(error.message, `--exclude "${pattern}" cannot be understood: ${reason}`);
  }
});

Deno.test("Exclude ends when stars could be tried in more ways than there is time for", { permissions: "none" }, () => {
  const long = "a".repeat(255);
  const deep = Array.from({ length: 64 }, () => "a").join("/");
  assert(!new Exclude([`${"*a".repeat(100)}*b`]).fits(long, false));
  assert(!new Exclude([`${"**/a/".repeat(30)}b`]).fits(deep, false));
  assert(!new Exclude([`/${"**/*a*/".repeat(30)}b`]).fits(`${deep}/${long}`, false));
  assert(new Exclude([`${"**/a/".repeat(30)}a`]).fits(deep, false));
});
