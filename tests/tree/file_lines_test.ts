import { assertEquals } from "@std/assert";
import { type Ran } from "../run_ftp.ts";
import { someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { assertRan, makeTree } from "./kit.ts";

/** Small files of several requests, and a large one. */
const TREE = { "a": "1", "d/b": "22", "large": someBytes(1_000_000), "tab\there": "refused" };
const LINES = ["a  1 B, sha256 ok", "d/b  2 B, sha256 ok", "large  976.6 KiB, sha256 ok"];

/** What was printed, without the total at the end. */
function linesOf({ stdout }: Ran): string[] {
  return stdout.trim().split("\n").slice(0, -1);
}

Deno.test("put -r and get -r print one line for each file that was moved and --quiet none when stdout is no terminal", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const source = makeTree(temp.join("tree"), TREE);
  const remote = `alice@${server.address}:`;
  // One of them has a name that no server takes.
  const put = await server.ftp(["put", "-r", source, remote]);
  assertRan(put, 1);
  assertEquals(linesOf(put).sort(), LINES);
  // Nothing moves, nothing is said.
  assertEquals(linesOf(await server.ftp(["put", "-r", source, remote])), []);
  const get = await server.ftp(["get", "-r", `${remote}tree`, temp.join("back")]);
  assertRan(get, 0);
  assertEquals(linesOf(get).sort(), LINES);
  const quiet = await server.ftp(["get", "-r", `${remote}tree`, temp.join("quiet"), "--quiet"]);
  assertEquals([quiet.code, quiet.stdout], [0, ""]);
});

Deno.test("put -r prints no line for a file that the server refuses", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  // Only the server knows how deep is too deep.
  const deep = Array.from({ length: 66 }, () => "d").join("/");
  const source = makeTree(temp.join("tree"), { "a": "1", [`${deep}/below`]: "2" });
  const put = await server.ftp(["put", "-r", source, `alice@${server.address}:`]);
  assertRan(put, 1);
  assertEquals(linesOf(put), ["a  1 B, sha256 ok"]);
});

Deno.test("sync prints send when it uploads and receive when it downloads", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const source = makeTree(temp.join("tree"), { "a": "1" });
  const remote = `alice@${server.address}:tree`;
  assertEquals(linesOf(await server.ftp(["sync", source, remote])), ["send a"]);
  assertEquals(linesOf(await server.ftp(["sync", remote, temp.join("back")])), ["receive a"]);
});
