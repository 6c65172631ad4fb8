import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { assertRan, assertSameTree, commandsOf, makeTree, SMALL_BYTES, totalsOf } from "./kit.ts";

const KIB = 1_024;

Deno.test("put -r --limit is not taken for a standstill when files are long for their rate", async () => {
  await using server = await TestServer.start(["--stall-timeout", "4"]);
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  // Each takes longer than the server waits.
  const tree = { "a": someBytes(900_000, 1), "b": someBytes(900_000, 2) };
  const source = makeTree(temp.join("tree"), tree);
  const slow = ["--limit", "200K", "--retries", "0", "--json"];
  assertRan(await server.ftp(["put", "-r", source, `alice@${server.address}:`, ...slow]), 0, { files: 2 });
  assertSameTree(join(server.home("alice"), "tree"), source);
});

Deno.test("put -r --limit keeps to it with the last small file, too", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const source = makeTree(temp.join("tree"), { "only": someBytes(200 * KIB) });
  const ran = await server.ftp(["put", "-r", source, `alice@${server.address}:`, "--limit", "100K", "--json"]);
  // A quarter of a second goes at once.
  assert((totalsOf(ran) as { ms: number }).ms >= 1_500, ran.stdout);
});

Deno.test("put -r --limit uses one connection when files are large: more would not be faster", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("20M", "alice");
  const names = Array.from({ length: 8 }, (_, at) => `large ${at}`);
  const source = makeTree(
    temp.join("tree"),
    Object.fromEntries(names.map((name) => [name, new Uint8Array(SMALL_BYTES + 1)])),
  );
  const ran = await server.ftp(["put", "-r", source, `alice@${server.address}:`, "--limit", "100M", "--json"]);
  assertRan(ran, 0, { files: 8 });
  assertEquals(new Set((await commandsOf(server)).map(({ session }) => session)).size, 1);
});
