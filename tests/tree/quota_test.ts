import { assert, assertEquals } from "@std/assert";
import { runFtp } from "../run_ftp.ts";
import { someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import {
  assertRan,
  assertSameTree,
  assertSettled,
  bytesOfTree,
  commandsOf,
  makeTree,
  namesOf,
  totalsOf,
  treeOf,
} from "./kit.ts";

const KIB = 1_024;

/** Files of so many bytes, some of them too large for a record. */
function sized(...sizes: number[]): Record<string, Uint8Array> {
  return Object.fromEntries(sizes.map((size, at) => [`f${at}`, someBytes(size, at + 1)]));
}

for (const [what, sizes] of [["small files", [600, 600, 600]], ["a large file", [100, 1_000_000]]] as const) {
  for (const options of [[], ["-P", "3"]]) {
    Deno.test(`put -r ${options.join(" ")} is refused with the numbers before a byte when ${what} cannot fit`, async () => {
      await using server = await TestServer.start();
      using temp = new TempDir();
      await server.addUsers("1000", "alice");
      const source = makeTree(temp.join("tree"), sized(...sizes));
      const ran = await server.ftp(["put", "-r", ...options, source, `alice@${server.address}:`, "--json"]);
      assertEquals(ran.code, 5, ran.stderr);
      const { ok, code, needed, free } = totalsOf(ran);
      const sum = sizes.reduce((sum: number, size) => sum + size, 0);
      assertEquals({ ok, code, needed, free }, { ok: false, code: 404, needed: sum, free: 1_000 });
      assertSettled(server);
      const stored = (await commandsOf(server)).filter(({ command }) => command === "store" || command === "put");
      assertEquals(stored.filter(({ code }) => code !== 404), [], "nothing was taken");
      assertEquals(bytesOfTree(server.home("alice")), 0);
    });
  }
}

Deno.test("put -r leaves not even a folder when its tree is refused", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1000", "alice");
  const source = makeTree(temp.join("tree"), sized(1_001));
  assertEquals((await server.ftp(["put", "-r", source, `alice@${server.address}:new/path`])).code, 5);
  assertEquals(namesOf(server.home("alice")), []);
});

Deno.test("sync --delete removes nothing when the tree can never fit", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1000", "alice");
  makeTree(server.home("alice"), { "kept": "kept" });
  const source = makeTree(temp.join("tree"), sized(1_001));
  assertEquals((await server.ftp(["sync", "--delete", source, `alice@${server.address}:/`])).code, 5);
  assertEquals(namesOf(server.home("alice")), ["kept"]);
});

Deno.test("put -r takes a tree of all that is free and refuses one byte more", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("700K", "alice");
  const source = makeTree(temp.join("tree"), sized(300 * KIB, 200 * KIB, 100 * KIB, 0));
  const remote = `alice@${server.address}:`;
  temp.file("rest", someBytes(100 * KIB + 1));
  Deno.renameSync(temp.join("rest"), temp.join("tree", "rest"));
  const over = await server.ftp(["put", "-r", source, remote, "--json"]);
  assertEquals([over.code, totalsOf(over).needed, totalsOf(over).free], [5, 700 * KIB + 1, 700 * KIB]);
  Deno.truncateSync(temp.join("tree", "rest"), 100 * KIB);
  assertRan(await server.ftp(["put", "-r", source, remote, "--json"]), 0, { files: 5, bytes: 700 * KIB });
  assertEquals(server.used("alice"), 700 * KIB);
  assertSettled(server);
  // Full to the last byte: what adds no byte is still taken.
  makeTree(source, { "empty": "", "folder": null });
  assertRan(await server.ftp(["put", "-r", source, remote, "--json"]), 0, { files: 1, unchanged: 5 });
});

Deno.test("put -r books the difference exactly when files become smaller, larger and empty", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("4M", "alice");
  const remote = `alice@${server.address}:`;
  const rounds = [[500, 2_000, 0, 1_100_000], [2_000, 500, 10, 1_000_000], [0, 0, 0, 1_200_000], [7, 1_100_000, 1, 5]];
  for (const [round, sizes] of rounds.entries()) {
    const specs = sizes.map((size, at) => [`f${at}`, { content: someBytes(size, at + 1), mtime: 1_000 * (round + 1) }]);
    const source = makeTree(temp.join("tree"), Object.fromEntries(specs));
    assertRan(await server.ftp(["put", "-r", source, remote, "--json"]), 0, { files: 4, unchanged: 0 });
    assertEquals(server.used("alice"), sizes.reduce((sum, size) => sum + size, 0));
    assertSameTree(`${server.home("alice")}/tree`, source);
    assertSettled(server);
  }
});

Deno.test("put -r replaces one file of a nearly full home and refuses to replace all of them", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("4000K", "alice");
  const remote = `alice@${server.address}:`;
  const source = makeTree(temp.join("tree"), sized(1_200 * KIB, 1_200 * KIB, 800 * KIB));
  assertRan(await server.ftp(["put", "-r", source, remote]), 0);
  // The old version stays until the new one is whole: there has to be room for both.
  makeTree(source, { "f2": { content: someBytes(800 * KIB, 9), mtime: 1_000 } });
  assertRan(await server.ftp(["put", "-r", source, remote, "--json"]), 0, { files: 1, unchanged: 2 });
  assertEquals(server.used("alice"), 3_200 * KIB);
  const before = treeOf(server.home("alice"));
  for (const name of ["f0", "f1"]) makeTree(source, { [name]: { content: someBytes(1_200 * KIB, 10), mtime: 2_000 } });
  const refused = await server.ftp(["put", "-r", source, remote, "--json"]);
  assertEquals([refused.code, totalsOf(refused).needed, totalsOf(refused).free], [5, 2_400 * KIB, 800 * KIB]);
  assertEquals(treeOf(server.home("alice")), before);
  assertSettled(server);
});

Deno.test("sync --delete fits when what it removes makes the room", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1000", "alice");
  makeTree(server.home("alice"), { "old": "x".repeat(900) });
  assertRan(await runFtp(["quota", "alice", "--recount", "--root", server.root.directory]), 0);
  const source = makeTree(temp.join("tree"), sized(950));
  const remote = `alice@${server.address}:/`;
  assertEquals((await server.ftp(["sync", source, remote])).code, 5);
  assertRan(await server.ftp(["sync", "--delete", source, remote, "--json"]), 0, { files: 1, removed: 1 });
  assertEquals(server.used("alice"), 950);
  assertSettled(server);
});

Deno.test("put -r never passes the quota when two trees come at once", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1700K", "alice");
  const sizes = Array.from({ length: 400 }, (_, at) => 1_000 + at).concat(1_000_000);
  const sources = ["a", "b", "c"].map((name) => makeTree(temp.join(name), sized(...sizes)));
  const ran = await Promise.all(sources.map((source) => server.ftp(["put", "-r", source, `alice@${server.address}:`])));
  const codes = ran.map(({ code }) => code);
  // One fits, two do not. Who loses the race for the large file has stored the small ones.
  assert(codes.some((code) => code !== 0), `${codes}`);
  assert(codes.every((code) => [0, 1, 5].includes(code)), ran.map(({ stderr }) => stderr).join(""));
  assert(bytesOfTree(server.home("alice")) <= 1_700 * KIB, `${bytesOfTree(server.home("alice"))}`);
  assertSettled(server);
});
