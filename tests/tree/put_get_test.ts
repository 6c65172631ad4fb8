import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { escapeText } from "../../protocol/text.ts";
import { someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import {
  assertRan,
  assertSameTree,
  assertSettled,
  bytesOfTree,
  failuresOf,
  makeTree,
  manyFiles,
  namesOf,
  SMALL_BYTES,
  totalsOf,
  treeOf,
  type TreeSpec,
} from "./kit.ts";

const MTIME = Date.UTC(2001, 8, 9, 1, 46, 40, 123);

/** All that a tree may hold and that both sides take. */
const MIXED: TreeSpec = {
  "empty folder": null,
  "deep/er/est/empty": null,
  "deep/er/file": { content: "deep", mtime: MTIME },
  "empty file": { content: "", mtime: 0 },
  "before 1970": { content: "old", mtime: -86_400_001 },
  "tool": { content: "#!/bin/sh\n", exec: true },
  "big tool": { content: someBytes(SMALL_BYTES + 1), exec: true, mtime: MTIME + 1 },
  "just small": someBytes(SMALL_BYTES, 2),
  "big/of two chunks": { content: someBytes(3 * SMALL_BYTES + 17, 3), mtime: MTIME + 999 },
  "with  two spaces ": "spaces",
  "quotes \" and '": "quotes",
  "back\\slash": "backslash",
  "你好/世界.txt": "chinese",
  "🎉 party 🚀": "emoji",
  "e\u0301 and \u00e9": "two forms",
  "-rf": "dash",
  "--/--exclude": "dashes",
  ".hidden/.file": "dots",
  "*?[a]": "pattern",
  "a:b@c": "address",
  "CON": "device",
  "new.part": "part",
  ["n".repeat(255)]: "long name",
};

Deno.test("put -r and get -r keep names, contents, times and executable bits when a tree goes there and back", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("100M", "alice");
  const source = makeTree(temp.join("mixed tree"), MIXED);
  const files = Object.values(treeOf(source)).filter((facts) => facts !== "").length;
  const totals = { ok: true, files, bytes: bytesOfTree(source), unchanged: 0, failed: 0, skipped: 0 };
  const put = await server.ftp(["put", "-r", source, `alice@${server.address}:`, "--json"]);
  assertRan(put, 0, { ...totals, command: "put" });
  assertEquals(put.stderr, "");
  assertSameTree(join(server.home("alice"), "mixed tree"), source);
  assertSettled(server);
  const target = temp.join("new");
  const get = await server.ftp(["get", "-r", `alice@${server.address}:mixed tree`, target, "--json"]);
  assertRan(get, 0, { ...totals, command: "get" });
  assertSameTree(target, source);
});

Deno.test("put -r and get -r move every file to the millisecond when there are 2,000", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("100M", "alice");
  const source = makeTree(temp.join("many"), manyFiles(2_000));
  const remote = `alice@${server.address}:`;
  assertRan(await server.ftp(["put", "-r", source, remote, "--json"]), 0, { files: 2_000, failed: 0 });
  assertSameTree(join(server.home("alice"), "many"), source);
  assertSettled(server);
  // The folder exists: the tree goes into it, as a file would.
  Deno.mkdirSync(temp.join("into"));
  assertRan(await server.ftp(["get", "-r", `${remote}many`, temp.join("into"), "--json"]), 0, { files: 2_000 });
  assertSameTree(temp.join("into", "many"), source);
});

Deno.test("put -r skips and names links and FIFOs and exits 0 when the rest goes through", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  const source = makeTree(temp.join("tree"), { "a": "1", "d/b": "2" });
  makeTree(temp.join("outside"), { "secret": "not sent" });
  Deno.symlinkSync(temp.join("outside"), join(source, "folder link"));
  Deno.symlinkSync("a", join(source, "d", "file link"));
  Deno.symlinkSync("nowhere", join(source, "dangling"));
  await new Deno.Command("mkfifo", { args: [join(source, "fifo")] }).output();
  const ran = await server.ftp(["put", "-r", source, `alice@${server.address}:`, "--json"]);
  assertRan(ran, 0, { ok: true, files: 2, skipped: 4, failed: 0 });
  const names = ["folder link", "d/file link", "dangling", "fifo"];
  assertEquals((totalsOf(ran).skippedNames as string[]).toSorted(), names.toSorted());
  for (const name of names) assertStringIncludes(ran.stderr, `Skipped ${name}:`);
  assertEquals(namesOf(server.home("alice")), ["tree/", "tree/a", "tree/d/", "tree/d/b"]);
  assertSettled(server);
});

Deno.test("put -r names on stderr what it skips when --quiet is given", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  const source = makeTree(temp.join("tree"), { "a": "1" });
  Deno.symlinkSync("a", join(source, "link"));
  const ran = await server.ftp(["put", "-r", source, `alice@${server.address}:`, "-q"]);
  assertEquals([ran.code, ran.stdout], [0, ""]);
  assertStringIncludes(ran.stderr, "ftp: Skipped link: a link, or neither a file nor a folder\n");
});

Deno.test("get -r skips and names links and FIFOs when the server has some", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  const home = makeTree(server.home("alice"), { "a": "1", "d/b": "2" });
  Deno.symlinkSync("d", join(home, "inside"));
  Deno.symlinkSync("/etc", join(home, "etc"));
  await new Deno.Command("mkfifo", { args: [join(home, "fifo")] }).output();
  const ran = await server.ftp(["get", "-r", `alice@${server.address}:/`, temp.join("top"), "--json"]);
  assertRan(ran, 0, { files: 2, skipped: 3, failed: 0 });
  for (const name of ["inside", "etc", "fifo"]) assertStringIncludes(ran.stderr, `Skipped ${name}:`);
  assertEquals(namesOf(temp.join("top")), ["a", "d/", "d/b"]);
});

Deno.test("put -r lists at the end what it cannot send and exits 1 when a name is not allowed", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  const names = ["tab\there", "line\nfeed", "paragraph\u2029end", "turn\u202eround", "esc\u001b[31m"];
  const bad = Object.fromEntries(names.map((name) => [name, "bad"]));
  const source = makeTree(temp.join("tree"), { "a": "1", "z": "2", "d\u0007/below": "3", ...bad });
  const ran = await server.ftp(["put", "-r", source, `alice@${server.address}:`, "--json"]);
  assertRan(ran, 1, { ok: false, files: 2, failed: 6 });
  assertEquals(failuresOf(ran).map((line) => line.slice(0, 3)), Array(6).fill("411"));
  // What is refused for what it may do to a terminal must not do it in the refusal.
  const said = (ran.stderr + ran.stdout).replaceAll("\n", "");
  assertEquals(escapeText(said), said);
  assertEquals(namesOf(server.home("alice")), ["tree/", "tree/a", "tree/z"]);
  assertSettled(server);
});

Deno.test("put -r counts what went through when folders are too deep for the server", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  const deep = Array.from({ length: 66 }, () => "d").join("/");
  const source = makeTree(temp.join("tree"), { "a": "1", [`${deep}/below`]: "2" });
  const ran = await server.ftp(["put", "-r", source, `alice@${server.address}:`, "--json"]);
  assert(failuresOf(ran).every((line) => line.startsWith("411")), ran.stderr);
  assertRan(ran, 1, { ok: false, files: 1, bytes: 1 });
  assertSettled(server);
});

Deno.test("put -r makes the folders above when the path is new, and goes into one that is there", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  const source = makeTree(temp.join("tree"), { "a": "1", "d": null });
  const remote = `alice@${server.address}:`;
  assertRan(await server.ftp(["put", "-r", source, `${remote}x/y/z`]), 0);
  assertEquals(namesOf(server.home("alice")), ["x/", "x/y/", "x/y/z/", "x/y/z/a", "x/y/z/d/"]);
  assertRan(await server.ftp(["put", "-r", source, `${remote}x/y`]), 0);
  assertEquals(namesOf(join(server.home("alice"), "x", "y", "tree")), ["a", "d/"]);
});

Deno.test("put -r and get -r tell 407 and change nothing when the target is a file", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  const source = makeTree(temp.join("tree"), { "a": "1" });
  makeTree(server.home("alice"), { "file": "kept", "d/a": "1" });
  const file = temp.file("local file", "kept");
  const put = await server.ftp(["put", "-r", source, `alice@${server.address}:file`]);
  assertEquals([put.code, failuresOf(put).map((line) => line.slice(0, 3))], [1, ["407"]], put.stderr);
  assertEquals(Deno.readTextFileSync(join(server.home("alice"), "file")), "kept");
  const get = await server.ftp(["get", "-r", `alice@${server.address}:d`, file]);
  assertEquals([get.code, failuresOf(get).map((line) => line.slice(0, 3))], [1, ["407"]], get.stderr);
  assertEquals(Deno.readTextFileSync(file), "kept");
});

Deno.test("put -r --no-clobber names 403 and keeps the server's file when another is there", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  const source = makeTree(temp.join("tree"), { "a": "mine", "new": "new" });
  makeTree(server.home("alice"), { "tree/a": "theirs" });
  const ran = await server.ftp(["put", "-r", "--no-clobber", source, `alice@${server.address}:`]);
  assertEquals(Deno.readTextFileSync(join(server.home("alice"), "tree", "a")), "theirs");
  assertEquals([ran.code, failuresOf(ran).map((line) => line.slice(0, 3))], [1, ["403"]], ran.stderr);
  assertEquals(namesOf(server.home("alice")), ["tree/", "tree/a", "tree/new"]);
});
