import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import {
  assertRan,
  assertSameTree,
  assertSettled,
  commandsOf,
  type LoggedCommand,
  makeTree,
  manyFiles,
  SMALL_BYTES,
} from "./kit.ts";

/** So many large files that further connections have time to join. */
const LARGE_FILES = 40;
const LARGE_TREE = {
  ...manyFiles(20),
  ...Object.fromEntries(
    Array.from({ length: LARGE_FILES }, (_, at) => [`large ${at}`, new Uint8Array(SMALL_BYTES + 1).fill(at)]),
  ),
};

/** Over how many connections something was done. */
function sessionsOf(commands: readonly LoggedCommand[], ...names: string[]): number {
  return new Set(commands.filter(({ command }) => names.includes(command)).map(({ session }) => session)).size;
}

for (const [most, least] of [[16, 2], [1, 1]] as const) {
  Deno.test(`put -r and get -r use at least ${least} connections unasked when files are large and ${most} are allowed`, async () => {
    await using server = await TestServer.start(["--max-sessions-per-user", String(most)]);
    using temp = new TempDir();
    await server.addUsers("100M", "alice");
    const source = makeTree(temp.join("tree"), LARGE_TREE);
    const put = await server.ftp(["put", "-r", source, `alice@${server.address}:`, "--json"]);
    assertRan(put, 0, { files: 20 + LARGE_FILES, failed: 0 });
    assertEquals(put.stderr, "");
    assertSameTree(join(server.home("alice"), "tree"), source);
    const get = await server.ftp(["get", "-r", `alice@${server.address}:tree`, temp.join("back"), "--json"]);
    assertRan(get, 0, { files: 20 + LARGE_FILES, failed: 0 });
    assertEquals(get.stderr, "");
    assertSameTree(temp.join("back"), source);
    assertSettled(server);
    const commands = await commandsOf(server);
    for (const names of [["store", "put"], ["fetch", "get"]]) {
      const used = sessionsOf(commands, ...names);
      assert(used >= least && used <= 4, `${names}: ${used} connections`);
    }
  });
}

/** Few folders: the connections meet in them. */
const PARALLEL_TREE = {
  ...manyFiles(1_500, { folders: 1, bytes: 300 }),
  ...Object.fromEntries(["w", "x", "y", "z"].map((name, at) => [name, new Uint8Array(SMALL_BYTES + 1).fill(at)])),
};

Deno.test("put -r -P 4 moves everything once and right", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const source = makeTree(temp.join("tree"), PARALLEL_TREE);
  const put = await server.ftp(["put", "-r", "-P", "4", source, `alice@${server.address}:`, "--json"]);
  assertRan(put, 0, { files: 1_504, failed: 0 });
  assertEquals(put.stderr, "");
  assertSameTree(join(server.home("alice"), "tree"), source);
  assertSettled(server);
  const commands = await commandsOf(server);
  const sum = (name: string) =>
    commands.filter(({ command }) => command === name).reduce((files, command) => files + (command.files ?? 0), 0);
  assertEquals([sum("store"), commands.filter(({ command }) => command === "put").length], [1_500, 4]);
  assertEquals(sessionsOf(commands, "store", "put"), 4);
});

Deno.test("get -r -P 4 moves everything once and right", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const home = makeTree(server.home("alice"), PARALLEL_TREE);
  const target = temp.join("back");
  const get = await server.ftp(["get", "-r", "-P", "4", `alice@${server.address}:/`, target, "--json"]);
  assertSameTree(target, home, get.stderr);
  assertRan(get, 0, { files: 1_504, failed: 0 });
  const commands = await commandsOf(server);
  const fetched = commands.filter(({ command }) => command === "fetch");
  assertEquals([fetched.reduce((files, command) => files + command.files!, 0), fetched.length], [1_500, 4]);
});

Deno.test("put -r -P tells that it has fewer connections and still moves all when the server allows fewer", async () => {
  await using server = await TestServer.start(["--max-sessions-per-user", "2"]);
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const source = makeTree(temp.join("tree"), manyFiles(50));
  const ran = await server.ftp(["put", "-r", "-P", "4", source, `alice@${server.address}:`, "--json"]);
  assertRan(ran, 0, { files: 50, failed: 0 });
  assertStringIncludes(ran.stderr, "ftp: 2 of 4 connections: Too many sessions");
  assertSameTree(join(server.home("alice"), "tree"), source);
});
