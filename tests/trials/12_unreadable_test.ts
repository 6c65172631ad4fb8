import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { TOP } from "../../protocol/virtual_path.ts";
import { runFtp, WITHOUT_RIGHTS } from "../run_ftp.ts";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { BareHome } from "../server/bare_home.ts";
import { assertRan, failuresOf, makeTree, namesOf, type TreeSpec } from "../tree/kit.ts";

const TREE: TreeSpec = { "d/a": "1", "lost+found/x": "2", "z": "3", "list only/y": "4" };

/** A user whose home has a folder that cannot be read, and one whose names can be read and nothing else. */
async function withClosedFolders(name: string) {
  const home = makeTree(server.home(name), TREE);
  await server.addUsers("10M", name);
  Deno.chmodSync(join(home, "lost+found"), 0o000);
  Deno.chmodSync(join(home, "list only"), 0o400);
  const open = () => {
    for (const folder of ["lost+found", "list only"]) Deno.chmodSync(join(home, folder), 0o700);
  };
  return { home, remote: `${name}@${server.address}:`, [Symbol.dispose]: open };
}

let server: TestServer;
const rows: [name: string, run: () => Promise<void>][] = [];

function row(name: string, run: () => Promise<void>): void {
  rows.push([name, run]);
}

const LOST = 'Cannot use "/lost+found": the server is not permitted to do that';
const LISTED = 'Cannot use "/list only/y": the server is not permitted to do that';

row("what the server may not read is named by ls -R, get -r and sync, and the rest goes on", async () => {
  using at = await withClosedFolders("alice");
  using temp = new TempDir();
  const { remote } = at;
  const list = await server.ftp(["ls", "-R", remote]);
  assertEquals([list.code, list.stdout], [1, "d/\nlist only/\nlost+found/\nz\nd/a\n"], list.stderr);
  assertEquals(failuresOf(list), [`406 list only/y: ${LISTED}`, `406 lost+found: ${LOST}`]);

  const get = await server.ftp(["get", "-r", `${remote}/`, temp.join("new"), "--json"]);
  assertRan(get, 1, { files: 2, failed: 2 });
  assertEquals(failuresOf(get), [`406 list only/y: ${LISTED}`, `406 lost+found: ${LOST}`]);
  assertEquals(namesOf(temp.join("new")), ["d/", "d/a", "list only/", "lost+found/", "z"]);

  makeTree(temp.join("copy"), { "extra": "kept", "lost+found/mine": "kept" });
  for (const options of [["--dry-run"], []]) {
    const sync = await server.ftp(["sync", "--delete", "--json", ...options, `${remote}/`, temp.join("copy")]);
    assertRan(sync, 1, { files: 2, removed: 0 });
    assertStringIncludes(sync.stderr, "ftp: 406 /: Nothing was removed: not all of the source could be read\n");
  }
  assertEquals(namesOf(temp.join("copy")), ["d/", "d/a", "extra", "list only/", "lost+found/", "lost+found/mine", "z"]);

  const excluded = ["--exclude", "lost+found", "--exclude", "list only/"];
  const without = await server.ftp(["sync", "--delete", ...excluded, `${remote}/`, temp.join("copy")]);
  assertEquals([without.code, without.stderr], [0, ""]);
  assertEquals(namesOf(temp.join("copy")), ["d/", "d/a", "list only/", "lost+found/", "lost+found/mine", "z"]);
});

row("an entry that cannot be looked at is named by ls, and the top that cannot be read by its own name", async () => {
  using at = await withClosedFolders("bob");
  const one = await server.shell("bob", 'ls "list only"; pwd');
  assertEquals([one.code, one.stdout, failuresOf(one)], [1, "", [`406 y: ${LISTED}`]]);
  const top = await server.shell("bob", "ls lost+found d", ["--keep-going"]);
  assertEquals([top.code, top.stdout, failuresOf(top)], [1, "lost+found:\n\nd:\na\n", [`406 ${LOST}`]]);
  const tree = await server.ftp(["get", "-r", `${at.remote}lost+found`, "/nowhere"]);
  assertEquals([tree.code, failuresOf(tree)], [1, [`406 ${LOST}`]]);
  const glob = await server.ftp(["get", `${at.remote}*/[ay]`, "-"]);
  assertStringIncludes(glob.stderr, LOST);
});

row("rm -r of a folder that holds one that cannot be read removes nothing and names it", async () => {
  using at = await withClosedFolders("carol");
  Deno.renameSync(join(at.home, "lost+found"), join(at.home, "d", "lost+found"));
  const ran = await server.shell("carol", "rm -r d");
  Deno.renameSync(join(at.home, "d", "lost+found"), join(at.home, "lost+found"));
  assertEquals(failuresOf(ran), ['406 Cannot use "/d/lost+found": the server is not permitted to do that']);
  assertEquals(Deno.readTextFileSync(join(at.home, "d", "a")), "1");
});

row("put -r and sync up name what they cannot compare with, and --no-clobber replaces nothing there", async () => {
  using at = await withClosedFolders("dave");
  using temp = new TempDir();
  const source = makeTree(temp.join("t"), { "d/a": "1", "lost+found/x": "new", "new": "5" });
  const sync = await server.ftp(["sync", "--delete", "--json", source, `${at.remote}/`]);
  assertRan(sync, 1, { removed: 1 });
  assertStringIncludes(sync.stderr, `ftp: 406 lost+found: ${LOST}\n`);
  assertStringIncludes(sync.stderr, "ftp: 406 lost+found/x: ");
  // What cannot be looked at may be anything: it stays, and so does the folder on the way.
  assertStringIncludes(sync.stderr, `ftp: 406 list only/y: ${LISTED}\n`);
  assertEquals([...Deno.readDirSync(at.home)].map(({ name }) => name).sort(), ["d", "list only", "lost+found", "new"]);
  // Names can be made and looked up there, but not listed: what would be replaced cannot be known.
  const there = makeTree(join(at.home, "t"), { "closed/f": "old" });
  Deno.chmodSync(join(there, "closed"), 0o300);
  const mine = makeTree(temp.join("mine", "t"), { "closed/f": "new", "g": "7" });
  const put = await server.ftp(["put", "-r", "--no-clobber", mine, at.remote, "--json"]);
  Deno.chmodSync(join(there, "closed"), 0o700);
  assertRan(put, 1, { files: 1, failed: 1 });
  const unknown = 'Whether "closed/f" exists already is not known: its folder on the server cannot be read';
  assertEquals(failuresOf(put), [`406 closed/f: ${unknown}`]);
  assertEquals(Deno.readTextFileSync(join(there, "closed", "f")), "old");
});

row("what this side may not read is named, and nothing is removed by its absence", async () => {
  await server.addUsers("10M", "erin");
  using temp = new TempDir();
  const local = makeTree(temp.join("t"), { "a": "1", "closed/x": "2", "listed/y": "3" });
  makeTree(server.home("erin"), { "extra": "kept" });
  const sync = (...args: string[]) => server.ftp(["sync", "--delete", "--json", ...args], { wrap: WITHOUT_RIGHTS });
  Deno.chmodSync(join(local, "closed"), 0o000);
  Deno.chmodSync(join(local, "listed"), 0o400);
  const up = await sync(local, `erin@${server.address}:/`);
  // The second side: what cannot be read there stays, and the rest goes.
  makeTree(local, { "old": "goes" });
  const down = await sync(`erin@${server.address}:/`, local);
  Deno.chmodSync(local, 0o000);
  const top = await sync(local, `erin@${server.address}:/`);
  Deno.chmodSync(local, 0o700);
  for (const name of ["closed", "listed"]) Deno.chmodSync(join(local, name), 0o700);
  assertRan(up, 1, { files: 1, removed: 0 });
  assertStringIncludes(up.stderr, "ftp: 406 closed: ");
  assertStringIncludes(up.stderr, "ftp: 406 listed/y: ");
  assertStringIncludes(up.stderr, "Nothing was removed: not all of the source could be read\n");
  assertRan(down, 1, { removed: 1 });
  assertStringIncludes(down.stderr, "ftp: 406 closed: ");
  assertEquals(namesOf(local), ["a", "closed/", "closed/x", "extra", "listed/", "listed/y"]);
  assertEquals([top.code, failuresOf(top)], [1, [`406 Local "${local}" is not permitted`]]);
});

row(
  "a file that cannot be read is named, also where only its digest is wanted, and is not taken for unchanged",
  async () => {
    await server.addUsers("10M", "gail");
    const home = makeTree(server.home("gail"), { "secret": { content: "1", mtime: 1_000 }, "open": "2" });
    using temp = new TempDir();
    const local = makeTree(temp.join("t"), { "secret": { content: "2", mtime: 1_000 }, "extra": "kept" });
    Deno.chmodSync(join(home, "secret"), 0o000);
    const down = ["sync", "--delete", "--checksum", "--json", `gail@${server.address}:/`, local];
    const ran = await server.ftp(down);
    assertRan(ran, 1, { files: 1, unchanged: 0, removed: 0 });
    assertStringIncludes(ran.stderr, 'ftp: 406 secret: Cannot use "/secret": the server is not permitted to do that\n');
    assertEquals(namesOf(local), ["extra", "open", "secret"]);
    const get = await server.ftp(["get", "-r", `gail@${server.address}:/`, temp.join("new"), "--json"]);
    assertRan(get, 1, { files: 1, failed: 1 });
    assertEquals(failuresOf(get).map((line) => line.slice(0, 12)), ["406 secret: "]);
    // Upwards it is replaced: what it holds is not known to be the same.
    Deno.removeSync(join(local, "extra"));
    const up = await server.ftp(["sync", "--checksum", "--json", local, `gail@${server.address}:/`]);
    assertRan(up, 0, { files: 1, unchanged: 1 });
    assertEquals(Deno.readTextFileSync(join(home, "secret")), "2");
  },
);

row("a server starts although a home holds what it cannot read, and counts the rest", async () => {
  using at = await withClosedFolders("frank");
  const quota = () =>
    runFtp(["quota", "frank", "--recount", "--json", "--root", server.root.directory], { wrap: WITHOUT_RIGHTS });
  // One byte each of d/a and z.
  const ran = await quota();
  assertEquals([ran.code, JSON.parse(ran.stdout).used], [0, 2], ran.stderr);
  assertStringIncludes(ran.stderr, `ftp: Not counted: "${join(at.home, "lost+found")}" cannot be read\n`);
  await server.stop("SIGKILL");
  await using again = await TestServer.start([], server.root.directory, { wrap: WITHOUT_RIGHTS });
  assertEquals(again.used("frank"), 2);
});

Deno.test("row 12: a folder that goes, or becomes something else, while a tree is listed is noted", async () => {
  using bare = new BareHome();
  const many = Object.fromEntries(Array.from({ length: 1_200 }, (_, at) => [`a${at}`, ""]));
  makeTree(bare.folder, { ...many, "0gone/x": "1", "0kept/y": "1", "0link/z": "1", "0outside/secret": "1" });
  const notes: [string, number, string][] = [];
  const names: string[] = [];
  let isFirst = true;
  for await (const page of bare.home.tree(TOP, { checksum: false })) {
    names.push(...page.entries.map(({ name }) => name));
    notes.push(...page.notes.map(({ name, error }): [string, number, string] => [name, error.code, error.message]));
    if (!isFirst) continue;
    isFirst = false;
    Deno.removeSync(join(bare.folder, "0gone"), { recursive: true });
    Deno.removeSync(join(bare.folder, "0link"), { recursive: true });
    Deno.symlinkSync("0outside", join(bare.folder, "0link"));
  }
  assertEquals(notes, [
    ["0gone", 402, '"/0gone" went away while it was listed'],
    ["0link", 407, '"/0link" is not a folder'],
  ]);
  assertEquals(names.filter((name) => name.includes("/")), ["0kept/y", "0outside/secret"]);
});

Deno.test({
  name: "row 12: one thing that cannot be read never fails the whole",
  ignore: Deno.build.os === "windows",
  async fn(test) {
    await using started = await TestServer.start([], undefined, { wrap: WITHOUT_RIGHTS });
    server = started;
    for (const [name, run] of rows) await test.step(`row 12: ${name}`, run);
  },
});
