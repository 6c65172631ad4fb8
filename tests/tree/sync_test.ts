import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import {
  assertRan,
  assertSameTree,
  assertSettled,
  bytesOfTree,
  makeTree,
  namesOf,
  treeOf,
  type TreeSpec,
} from "./kit.ts";
import { syncBench } from "./sync_bench.ts";

const MTIME = Date.UTC(2022, 5, 6);
const SOURCE: TreeSpec = {
  "same": { content: "same", mtime: MTIME },
  "changed": { content: "new content", mtime: MTIME + 2 },
  "new/small": "small",
  "new/large": someBytes(1_000_000),
  "empty": null,
};
const TARGET: TreeSpec = {
  "same": { content: "same", mtime: MTIME },
  "changed": { content: "old", mtime: MTIME },
  "extra": "extra",
  "extra folder/with/files": "extra",
  "extra folder/big": someBytes(1_000_000, 2),
};

const TREES = { source: SOURCE, target: TARGET };

for (const direction of ["up", "down"] as const) {
  Deno.test(`sync ${direction} moves what is missing or changed and removes nothing when --delete is not given`, async () => {
    await using at = await syncBench(direction, TREES);
    const extras = Object.entries(treeOf(at.to)).filter(([name]) => name.startsWith("extra"));
    assertRan(await at.sync(), 0, { files: 3, unchanged: 1, removed: 0, failed: 0 });
    assertEquals(treeOf(at.to), { ...treeOf(at.from), ...Object.fromEntries(extras) });
    assertSettled(at.server);
  });

  Deno.test(`sync ${direction} --delete makes the target like the source when it has more`, async () => {
    await using at = await syncBench(direction, TREES);
    assertRan(await at.sync("--delete"), 0, { files: 3, unchanged: 1, removed: 2, failed: 0 });
    assertSameTree(at.to, at.from);
    assertSettled(at.server);
    assertRan(await at.sync("--delete"), 0, { files: 0, unchanged: 4, removed: 0 });
  });

  Deno.test(`sync ${direction} --dry-run says what it would do and changes nothing`, async () => {
    await using at = await syncBench(direction, TREES);
    const before = treeOf(at.to);
    const ran = await at.sync("--delete", "--dry-run");
    assertRan(ran, 0, { files: 3, unchanged: 1, removed: 2 });
    assertEquals(treeOf(at.to), before);
    const actions = ran.stdout.trim().split("\n").map((line) => JSON.parse(line).action).filter(Boolean);
    const verb = direction === "up" ? "send" : "receive";
    const moved = ["changed", "new/large", "new/small"].map((name) => `${verb} ${name}`);
    assertEquals(actions.sort(), ["remove extra", "remove extra folder", ...moved].sort());
    assertSettled(at.server);
  });

  Deno.test(`sync ${direction} --dry-run makes no folder when the target is missing`, async () => {
    await using at = await syncBench(direction, { ...TREES, target: {} });
    if (direction === "down") Deno.removeSync(at.to);
    assertRan(await at.sync("--dry-run"), 0, { files: 4 });
    if (direction === "down") assertEquals(await Deno.lstat(at.to).catch(() => undefined), undefined);
    else assertEquals(namesOf(at.to), []);
  });

  const kinds = {
    source: { "was file/now": "folder", "was folder": "file", "was full/file": "" },
    target: { "was file": "file", "was folder/now/deep": "folder", "was full": "file", "keep": "extra" },
  };

  Deno.test(`sync ${direction} --delete puts a folder for a file and a file for a folder when kinds changed`, async () => {
    await using at = await syncBench(direction, kinds);
    assertRan(await at.sync("--delete"), 0, { files: 3, failed: 0, removed: 4 });
    assertSameTree(at.to, at.from);
    assertSettled(at.server);
  });

  Deno.test(`sync ${direction} --delete --dry-run foresees no failure when kinds changed`, async () => {
    await using at = await syncBench(direction, kinds);
    const before = treeOf(at.to);
    assertRan(await at.sync("--delete", "--dry-run"), 0, { files: 3, failed: 0, removed: 4 });
    assertEquals(treeOf(at.to), before);
  });

  Deno.test(`sync ${direction} names 407 and goes on with the rest when kinds changed and --delete is not given`, async () => {
    await using at = await syncBench(direction, { ...kinds, source: { ...kinds.source, "new": "new" } });
    const before = treeOf(at.to);
    const ran = await at.sync();
    assertEquals(ran.code, 1, ran.stderr);
    for (const name of ["was file", "was folder", "was full"]) assertStringIncludes(ran.stderr, `407 ${name}: `);
    const after = treeOf(at.to);
    assertEquals(Object.keys(after), [...Object.keys(before), "new"].sort());
    for (const [name, facts] of Object.entries(before)) assertEquals(after[name], facts, name);
    assertSettled(at.server);
  });
}

Deno.test("sync :REMOTE LOCAL and LOCAL REMOTE work both ways when given in the shell", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  makeTree(temp.join("there"), { "a b": "1", "d/c": "2" });
  const commands = 'mkdir x; sync there x; sync there ":x/new one"; cd x; sync ":new one" back; sync :/ top --delete';
  const ran = await server.shell("alice", commands, ["--json"], temp.path);
  assertRan(ran, 0, { command: "sync", files: 4 });
  assertSameTree(temp.join("back"), temp.join("there"));
  assertSameTree(join(server.home("alice"), "x", "new one"), temp.join("there"));
  assertSameTree(temp.join("top"), server.home("alice"));
  assertEquals(server.used("alice"), bytesOfTree(server.home("alice")));
});

Deno.test("sync exits 2 and touches nothing when no or both sides are local", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  const remote = `alice@${server.address}:/`;
  assertEquals((await server.ftp(["sync", temp.path, temp.join("b")])).code, 2);
  assertEquals((await server.ftp(["sync", remote, remote])).code, 2);
  assertEquals((await server.ftp(["sync", remote])).code, 2);
  assertEquals((await server.shell("alice", "sync :a :b")).code, 2);
  assertEquals(namesOf(server.home("alice")), []);
});

Deno.test("sync fails and deletes nothing when the source does not exist", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  makeTree(server.home("alice"), { "kept": "1" });
  makeTree(temp.join("local"), { "kept": "1" });
  const up = await server.ftp(["sync", temp.join("missing"), `alice@${server.address}:/`, "--delete"]);
  assertEquals([up.code, up.stderr.slice(0, 9)], [1, "ftp: 402 "]);
  const down = await server.ftp(["sync", `alice@${server.address}:missing`, temp.join("local"), "--delete"]);
  assertEquals([down.code, down.stderr.slice(0, 9)], [1, "ftp: 402 "]);
  assertEquals([namesOf(server.home("alice")), namesOf(temp.join("local"))], [["kept"], ["kept"]]);
});

Deno.test("sync --delete goes on with the rest when one extra cannot be removed", async () => {
  await using at = await syncBench("up", { source: { "a": "1" }, target: { "extra": "goes" } });
  // The server follows and removes no link that leads outside.
  Deno.symlinkSync("/etc", join(at.to, "a link"));
  const ran = await at.sync("--delete");
  assertEquals(ran.code, 1, ran.stderr);
  assertStringIncludes(ran.stderr, "406 a link: ");
  assertEquals(namesOf(at.to), ["a", "a link@"]);
});
