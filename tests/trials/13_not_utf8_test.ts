import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { runFtp } from "../run_ftp.ts";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { mounted } from "../mounts.ts";
import { assertRan, failuresOf, makeTree, namesOf } from "../tree/kit.ts";

/** Runs `sh` in a folder; `$1` is a name in Latin-1, which no text of this runtime can be. */
function inLatin1(folder: string, script: string): void {
  const { success, stderr } = new Deno.Command("sh", {
    args: ["-c", `set -- "$(printf 'caf\\351')"; ${script}`],
    cwd: folder,
  }).outputSync();
  assertEquals(success, true, new TextDecoder().decode(stderr));
}

let server: TestServer;
const rows: [name: string, run: () => Promise<void>][] = [];

function row(name: string, run: () => Promise<void>): void {
  rows.push([name, run]);
}

/** A user with a home, counted as it is. */
async function homeOf(user: string, spec: Parameters<typeof makeTree>[1], script: string): Promise<string> {
  await server.addUsers("10M", user);
  const home = makeTree(server.home(user), spec);
  inLatin1(home, script);
  await recount(user);
  return home;
}

async function recount(user: string): Promise<number> {
  const ran = await runFtp(["quota", user, "--recount", "--json", "--root", server.root.directory]);
  assertEquals(ran.code, 0, ran.stderr);
  return JSON.parse(ran.stdout).used;
}

row("rm -r removes a folder with such names at any depth, and books what it had counted", async () => {
  const home = await homeOf(
    "alice",
    { "d/e/f/good": "12345", "d/e/z": "1", "kept": "123" },
    'echo odd > "d/e/f/$1"; mkdir -p "d/e/$1/deep/$1"; echo odd > "d/e/$1/deep/file"; ln -s /etc "d/$1"',
  );
  assertEquals(server.used("alice"), 9);
  const rmdir = await server.shell("alice", "rmdir d/e/f");
  assertEquals(failuresOf(rmdir), ['403 Cannot use "/d/e/f": the folder is not empty']);
  const plain = await server.shell("alice", "rm d");
  assertEquals(failuresOf(plain), ['407 "/d" is a folder']);
  assertEquals([...Deno.readDirSync(join(home, "d", "e", "f"))].length, 2);
  const ran = await server.shell("alice", "rm -r d", ["--json"]);
  // The two files with good names, and the one of those without that stood in a folder with a good name.
  assertRan(ran, 0, { ok: true, files: 3, bytes: 6 });
  assertEquals(namesOf(home), ["kept"]);
  assertEquals([server.used("alice"), await recount("alice")], [3, 3]);
  assertEquals([...Deno.readDirSync("/etc")].length > 0, true);
});

row("a folder with such a name whose like is there with U+FFFD in it loses nothing else", async () => {
  const home = await homeOf("bob", { "d/caf\ufffd": "1234", "e/x": "1" }, 'echo odd > "d/$1"; mkdir "e/$1"');
  // The one that can be said is listed, sent, and removed by its name; the other is counted.
  const list = await server.shell("bob", "ls d; ls -R e");
  assertEquals([list.code, list.stdout], [0, "caf\ufffd\nx\n"], list.stderr);
  assertEquals(list.stderr, "ftp: 1 name cannot be said and is not shown\n".repeat(2));
  assertEquals([server.used("bob"), await recount("bob")], [5, 5]);
  const one = await server.shell("bob", "rm 'd/caf\ufffd'; rm 'd/caf\ufffd'; stat 'd/caf\ufffd'", ["--keep-going"]);
  const none = "does not exist by this name; one that is not UTF-8 cannot be said";
  assertEquals(failuresOf(one), [`402 "/d/caf\ufffd" ${none}`, `402 Cannot use "/d/caf\ufffd": it ${none}`]);
  assertEquals([...Deno.readDirSync(join(home, "d"))].length, 1);
  assertRan(await server.shell("bob", "rm -r d e"), 0);
  assertEquals([namesOf(home), server.used("bob")], [[], 0]);
});

row("ls -R, get -r and sync name or count them and go on, and --delete removes nothing for their sake", async () => {
  await homeOf("carol", { "a": "1", "d/b": "2" }, 'echo odd > "d/$1"; mkdir "d/${1}2"; echo odd > "$1"');
  const remote = `carol@${server.address}:/`;
  using temp = new TempDir();
  const list = await server.ftp(["ls", "-R", remote]);
  const said = ["ftp: 1 name cannot be said and is not shown", 'ftp: 2 names in "d" cannot be said and are not shown'];
  assertEquals([list.code, list.stdout, list.stderr], [0, "a\nd/\nd/b\n", `${said.join("\n")}\n`]);
  const get = await server.ftp(["get", "-r", remote, temp.join("new"), "--json"]);
  assertRan(get, 0, { files: 2, skipped: 3, skippedNames: ['1 name in "/"', '2 names in "d"'] });
  assertStringIncludes(get.stderr, 'ftp: Skipped 2 names in "d": cannot be said\n');
  makeTree(temp.join("copy"), { "extra": "kept" });
  const sync = await server.ftp(["sync", "--delete", "--json", remote, temp.join("copy")]);
  assertRan(sync, 1, { files: 2, removed: 0 });
  assertStringIncludes(sync.stderr, "Nothing was removed: not all of the source could be read");
  assertEquals(namesOf(temp.join("copy")), ["a", "d/", "d/b", "extra"]);
  // Without the folder that holds some, and without those of the top, nothing is in the way.
  const part = await server.ftp(["sync", "--delete", `${remote}d`, temp.join("copy"), "--exclude", "*"]);
  assertEquals(part.code, 1, part.stderr);
});

row("put -r and sync name such local files, and sync --delete removes them with an extra folder", async () => {
  const home = await homeOf("dave", { "a": "1" }, ":");
  using temp = new TempDir();
  const local = makeTree(temp.join("t"), { "a": "1", "gone/x": "2", "gone/deep/y": "3" });
  inLatin1(local, 'echo odd > "gone/$1"; mkdir "gone/deep/$1"; echo odd > "$1"');
  const put = await server.ftp(["put", "-r", local, `dave@${server.address}:`, "--json"]);
  assertRan(put, 1, { files: 3, failed: 3 });
  const named = (name: string) => `411 ${name}: Local name "${name}" is not allowed: it is not UTF-8`;
  assertEquals(failuresOf(put), ["caf\ufffd", "gone/caf\ufffd", "gone/deep/caf\ufffd"].map(named));
  Deno.removeSync(join(home, "t"), { recursive: true });
  const dry = await server.ftp(["sync", "--delete", "--max-delete", "5", `dave@${server.address}:/`, local, "-n"]);
  // Five that can be named and two that cannot, but one of these stands where nothing else goes.
  assertEquals(failuresOf(dry), [
    "406 Nothing was changed: --delete would remove 6 files and folders, and --max-delete allows 5",
  ]);
  const sync = await server.ftp(["sync", "--delete", "--json", `dave@${server.address}:/`, local]);
  assertRan(sync, 0, { removed: 1, unchanged: 0, leftAlone: ["1 name that cannot be said"] });
  assertStringIncludes(sync.stderr, "ftp: Left alone: 1 name that cannot be said\n");
  assertEquals([...Deno.readDirSync(local)].map(({ name }) => name).sort(), ["a", "caf\ufffd"]);
});

row("sync --delete up removes an extra folder with such names, and leaves those in a wanted one", async () => {
  const home = await homeOf("erin", { "gone/x": "1", "d/a": "2" }, 'echo odd > "gone/$1"; echo odd > "d/$1"');
  using temp = new TempDir();
  const local = makeTree(temp.join("t"), { "d/a": "2" });
  const sync = await server.ftp(["sync", "--delete", "--json", "--checksum", local, `erin@${server.address}:/`]);
  assertRan(sync, 0, { removed: 1, unchanged: 1, leftAlone: ['1 name in "d" that cannot be said'] });
  assertEquals([...Deno.readDirSync(home)].map(({ name }) => name), ["d"]);
  assertEquals([...Deno.readDirSync(join(home, "d"))].length, 2);
});

row("what is mounted in a folder with such names is never removed with it", async () => {
  const home = await homeOf("frank", { "d/mnt": null, "d/sub/mnt": null }, 'echo odd > "d/$1"; echo odd > "d/sub/$1"');
  using mount = mounted({ at: join(home, "d", "sub", "mnt") });
  if (!mount.isThere) return;
  Deno.writeTextFileSync(join(home, "d", "sub", "mnt", "precious"), "1");
  const ran = await server.shell("frank", "rm -r d");
  assertEquals(failuresOf(ran), ['406 Cannot remove "/d": "/d/sub/mnt" is a mount']);
  assertEquals(Deno.readTextFileSync(join(home, "d", "sub", "mnt", "precious")), "1");
  assertEquals([...Deno.readDirSync(join(home, "d", "sub"))].length, 2);
});

Deno.test({
  name: "row 13: names that are not UTF-8 are named, counted, and go with their folder",
  // Elsewhere there are no such names.
  ignore: Deno.build.os !== "linux",
  async fn(test) {
    await using started = await TestServer.start();
    server = started;
    for (const [name, run] of rows) await test.step(`row 13: ${name}`, run);
  },
});
