import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { SourceNames } from "../../client/transfer/source_names.ts";
import { TempFiles } from "../../client/transfer/temp_files.ts";
import { RateLimit } from "../../client/transfer/rate_limit.ts";
import { treeOptions } from "../../client/commands/trees.ts";
import { ConnectionPool } from "../../client/tree/connection_pool.ts";
import { TreeJob } from "../../client/tree/job.ts";
import { TreeUpload } from "../../client/tree/tree_upload.ts";
import { Options } from "../../console/command_line.ts";
import { TOP } from "../../protocol/virtual_path.ts";
import { runFtp } from "../run_ftp.ts";
import { TempDir, testState } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { mounted } from "../mounts.ts";
import { watcherOf } from "../resume/kit.ts";
import { assertRan, failuresOf, makeTree, namesOf, totalsOf, type TreeSpec } from "../tree/kit.ts";

let server: TestServer;
const rows: [name: string, run: () => Promise<void>][] = [];

function row(name: string, run: () => Promise<void>): void {
  rows.push([name, run]);
}

function makeFifo(path: string): void {
  assertEquals(new Deno.Command("mkfifo", { args: [path] }).outputSync().success, true);
}

/** Two trees, one of them on the server, and the command that makes the second like the first. */
async function sides(direction: "up" | "down", user: string, first: TreeSpec, second: TreeSpec) {
  await server.addUsers("10M", user);
  const temp = new TempDir();
  const [local, remote] = [temp.join("t"), server.home(user)];
  const [from, to] = direction === "up" ? [local, remote] : [remote, local];
  makeTree(from, first);
  makeTree(to, second);
  const ends = [local, `${user}@${server.address}:/`];
  if (direction === "down") ends.reverse();
  const sync = (...options: string[]) => server.ftp(["sync", "--delete", "--json", ...options, ...ends]);
  return { temp, from, to, sync, [Symbol.dispose]: () => temp[Symbol.dispose]() };
}

for (const direction of ["up", "down"] as const) {
  row(`${direction}: what was skipped on the first side stays on the second, with all below it`, async () => {
    const kept = {
      "Photos/p1": "kept",
      "Photos/deep/p2": "kept",
      "a/file": "kept",
      "a/b/fifo/x": "kept",
      "dead/y": "kept",
    };
    using at = await sides(direction, `skip-${direction}`, { "n": "n", "a/b/c": "c", "inside/x": "x" }, {
      ...kept,
      "old/x": "goes",
      "a/b/old": "goes",
    });
    Deno.symlinkSync(join(at.from, "inside"), join(at.from, "Photos"));
    Deno.symlinkSync(at.temp.file("elsewhere", "1"), join(at.from, "a", "file"));
    Deno.symlinkSync("nowhere", join(at.from, "dead"));
    makeFifo(join(at.from, "a", "b", "fifo"));
    const names = ["Photos", "a/b/fifo", "a/file", "dead"];
    const before = namesOf(at.to);
    const dry = await at.sync("-n");
    assertRan(dry, 0, { files: 3, removed: 2, skipped: 4, failed: 0 });
    assertEquals(namesOf(at.to), before);
    const ran = await at.sync();
    assertRan(ran, 0, { files: 3, removed: 2, skipped: 4, failed: 0 });
    for (const said of [dry, ran]) assertEquals((totalsOf(said).skippedNames as string[]).sort(), names);
    for (const [name, text] of Object.entries(kept)) assertEquals(Deno.readTextFileSync(join(at.to, name)), text, name);
    assertEquals(namesOf(at.to).filter((name) => name.includes("old")), []);
  });

  row(
    `${direction}: a link or special file of the second side is not replaced, and without a like it goes itself`,
    async () => {
      using at = await sides(direction, `second-${direction}`, { "f": "f", "d/x": "x", "p": "p" }, {
        "target/kept": "1",
      });
      // Inside the home, else the server does not touch it.
      for (const name of ["f", "extra"]) Deno.symlinkSync(join(at.to, "target", "kept"), join(at.to, name));
      for (const name of ["d", "extra folder"]) Deno.symlinkSync(join(at.to, "target"), join(at.to, name));
      for (const name of ["p", "extra pipe"]) makeFifo(join(at.to, name));
      makeTree(at.from, { "target/kept": "1" });
      const where = direction === "up" ? "on the server" : "here";
      for (const options of [["-n"], []]) {
        const ran = await at.sync(...options);
        assertRan(ran, 1, { removed: 3 });
        const inTheWay = ["d", "f", "p"].map((name) => `407 ${name}: "${name}" is of another kind ${where}`);
        const others = failuresOf(ran).filter((line) => !line.includes("d/x"));
        assertEquals(others.sort(), inTheWay);
      }
      const found = namesOf(at.to);
      assertEquals(found, ["d@", "f@", "p@", "target/", "target/kept"]);
      assertEquals(Deno.readTextFileSync(join(at.to, "target", "kept")), "1");
    },
  );

  row(`${direction}: a mount is never entered or removed by --delete, and named when it is left alone`, async () => {
    const second = {
      "mnt": null,
      "way/on/it": null,
      "way/extra": "goes",
      "same": null,
      "was/file": null,
      "old": "goes",
    };
    using at = await sides(direction, `mount-${direction}`, {
      "a": "a",
      "mnt": null,
      "was": "file",
      "same": null,
    }, second);
    const source = makeTree(at.temp.join("source"), { "precious/x": "1" });
    using volume = mounted({ at: join(at.to, "mnt") });
    using bound = mounted({ at: join(at.to, "way", "on", "it"), source });
    using same = mounted({ at: join(at.to, "same") });
    using inFolder = mounted({ at: join(at.to, "was", "file") });
    if (![volume, bound, same, inFolder].every(({ isThere }) => isThere)) return;
    makeTree(at.to, { "mnt/extra/x": "kept", "mnt/kept": "kept" });
    const leftAlone = ['"mnt" is a mount', '"was/file" is a mount', '"way/on/it" is a mount'];
    for (const options of [["-n"], []]) {
      const ran = await at.sync(...options);
      assertRan(ran, 1, { files: 1, removed: 2, failed: 1 });
      assertEquals((totalsOf(ran).leftAlone as string[]).sort(), leftAlone, options.join());
      assertEquals(failuresOf(ran).map((line) => line.slice(0, 9)), ["407 was: "]);
      for (const what of leftAlone) assertStringIncludes(ran.stderr, `ftp: Left alone: ${what}\n`);
    }
    assertEquals(namesOf(join(at.to, "mnt")), ["extra/", "extra/x", "kept"]);
    assertEquals(namesOf(source), ["precious/", "precious/x"]);
    assertEquals(namesOf(at.to).filter((name) => /old|extra$/.test(name)), []);
    Deno.removeSync(join(at.from, "was"));
    assertRan(await at.sync(), 0, { removed: 0, failed: 0 });
  });

  row(`${direction}: --max-delete counts what is below, and changes nothing when it is more`, async () => {
    using at = await sides(direction, `most-${direction}`, { "a": "new" }, { "x/y/z": "1", "x/w": "2", "v": "3" });
    const before = namesOf(at.to);
    for (const options of [["--max-delete", "4"], ["--max-delete=0", "--dry-run"]]) {
      const ran = await at.sync(...options);
      const allowed = options[0]!.endsWith("0") ? 0 : 4;
      const said = `Nothing was changed: --delete would remove 5 files and folders, and --max-delete allows ${allowed}`;
      assertEquals([ran.code, failuresOf(ran)], [1, [`406 ${said}`]]);
      assertEquals(namesOf(at.to), before);
    }
    assertRan(await at.sync("--max-delete", "5"), 0, { files: 1, removed: 2 });
    assertEquals(namesOf(at.to), ["a"]);
    assertEquals((await at.sync("--max-delete", "-1")).code, 2);
  });

  row(`${direction}: an empty first side needs --force-empty when something would be removed`, async () => {
    using at = await sides(direction, `empty-${direction}`, {}, { "x/y": "1" });
    const first = direction === "up" ? at.from : "/";
    for (const options of [[], ["-n"], ["--max-delete", "9"]]) {
      const ran = await at.sync(...options);
      const said = `"${first}" is empty, and --delete would remove 2 files and folders; --force-empty does so`;
      assertEquals([ran.code, failuresOf(ran)], [2, [`401 ${said}`]]);
    }
    // A first side of which all is left out has nothing either.
    makeTree(at.from, { "out": "1" });
    assertEquals((await at.sync("--exclude", "out")).code, 2);
    assertEquals(namesOf(at.to), ["x/", "x/y"]);
    assertRan(await at.sync("--exclude", "out", "--force-empty"), 0, { removed: 1 });
    // Nothing is left that could be removed.
    assertRan(await at.sync("--exclude", "out"), 0, { removed: 0 });
  });
}

row("up: what comes up on the first side while extras are removed stays on the server", async () => {
  using at = await sides("up", "meanwhile", { "a": "1", "d/x": "1" }, { "b": "kept", "d/c/y": "kept", "e": "goes" });
  const { remote } = await server.session("meanwhile");
  const call = remote.call.bind(remote);
  // The first removal is under way, and somebody makes files here.
  remote.call = async (command, request) => {
    if (command === "rm") makeTree(at.from, { "b": "new", "d/c": null });
    return await call(command, request);
  };
  const watcher = watcherOf({});
  const options = treeOptions(new Options(new Map([["delete", true]])), { force: true });
  const job = new TreeJob(options, watcher);
  const temps = new TempFiles(testState());
  const sources = new SourceNames(testState());
  const stopping = new AbortController().signal;
  const first = { remote, user: "meanwhile", watcher, limit: new RateLimit(undefined), temps, sources, stopping };
  await using pool = new ConnectionPool(first, { wanted: 1, open: () => Promise.reject(new Error("one is enough")) });
  // In the order of the listing "b" would go first: it is the one that is there by then.
  makeTree(at.to, { "0 first": "goes" });
  await new TreeUpload(job, pool, { source: at.from, base: TOP, again: false }).run();
  await remote.close();
  assertEquals(job.failures.map(({ name, code, message }) => `${code} ${name} ${message}`), [
    '403 b "b" has changed here meanwhile, and was left alone on the server',
    '403 d/c "d/c" has changed here meanwhile, and was left alone on the server',
  ]);
  assertEquals(job.totals.removed, 2);
  assertEquals(namesOf(at.to), ["a", "b", "d/", "d/c/", "d/c/y", "d/x"]);
});

row("a local name that no server takes is there, too: nothing is removed", async () => {
  using at = await sides("up", "refused", { "a": "1", "line\nbreak": "2" }, { "old": "kept" });
  const ran = await at.sync();
  assertRan(ran, 1, { files: 1, failed: 2, removed: 0 });
  assertStringIncludes(ran.stderr, "406 ");
  assertEquals(namesOf(at.to), ["a", "old"]);
  // Left out, it is in nobody's way.
  assertRan(await at.sync("--exclude", "line*"), 0, { removed: 1 });
});

row("--max-delete and --force-empty are nothing without --delete", async () => {
  for (const option of ["--max-delete=1", "--force-empty"]) {
    const ran = await runFtp(["sync", option, "/tmp", "alice@127.0.0.1:/x"]);
    assertEquals([ran.code, ran.stderr.includes("needs --delete")], [2, true], ran.stderr);
  }
});

row("rm -r, rmdir, mv and deluser --purge leave a mount alone and say that it is one", async () => {
  await server.addUsers("10M", "mounty");
  const home = makeTree(server.home("mounty"), { "d/deep/mnt": null, "d/other": "1" });
  const mnt = join(home, "d", "deep", "mnt");
  using mount = mounted({ at: mnt });
  if (!mount.isThere) return;
  Deno.writeTextFileSync(join(mnt, "precious"), "1");
  const commands = ["rm -r d", "rm -r d/deep/mnt", "rmdir d/deep/mnt", "mv d/deep/mnt moved"];
  const ran = await server.shell("mounty", commands.join("; "), ["--keep-going"]);
  const busy = "it is a mount, or the server's system uses it";
  assertEquals(failuresOf(ran), [
    '406 Cannot remove "/d": "/d/deep/mnt" is a mount',
    '406 Cannot remove "/d/deep/mnt": "/d/deep/mnt" is a mount',
    `406 Cannot use "/d/deep/mnt": ${busy}`,
    '406 "/d/deep/mnt" is a mount and stays where it is',
  ]);
  const purge = await runFtp(["deluser", "mounty", "--purge", "--root", server.root.directory]);
  assertEquals([purge.code, failuresOf(purge)], [1, [`406 Cannot remove "${mnt}": it is a mount; unmount it first`]]);
  assertEquals(namesOf(home), ["d/", "d/deep/", "d/deep/mnt/", "d/deep/mnt/precious", "d/other"]);
  assertEquals((await server.shell("mounty", "pwd")).code, 0);
});

Deno.test({
  name: "row 2: what is skipped is there, and a mount is not entered",
  ignore: Deno.build.os === "windows",
  async fn(test) {
    await using started = await TestServer.start();
    server = started;
    for (const [name, run] of rows) await test.step(`row 2: ${name}`, run);
  },
});
