import { assertEquals } from "@std/assert";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { namesIn } from "../resume/kit.ts";
import { failuresOf } from "../tree/kit.ts";

/** A server with a user, and two files with one missing between them. */
async function bench() {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await TestServer.start());
  const temp = stack.use(new TempDir());
  await server.addUsers("1M", "alice");
  for (const name of ["a", "b"]) temp.file(name, name);
  return { server, temp, remote: `alice@${server.address}:`, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

Deno.test("put in -c sends the other names, lists what failed and runs the next command when --keep-going is given", async () => {
  await using at = await bench();
  const commands = "mkdir m; put a nosuch b gone m; ls m";
  const ran = await at.server.shell("alice", commands, ["--keep-going"], at.temp.path);
  assertEquals(failuresOf(ran), [
    `402 Local "${at.temp.join("nosuch")}" does not exist`,
    `402 Local "${at.temp.join("gone")}" does not exist`,
  ]);
  assertEquals(ran.code, 1);
  assertEquals(ran.stdout.trim().split("\n").slice(-2), ["a", "b"]);
});

Deno.test("put in -c stops at the first name that fails when --keep-going is not given", async () => {
  await using at = await bench();
  const ran = await at.server.shell("alice", "put a nosuch b .; pwd", ["-q"], at.temp.path);
  assertEquals([ran.code, ran.stdout], [1, ""]);
  assertEquals(namesIn(at.server.home("alice")), ["a"]);
});

Deno.test("put, get and rm try all names and exit as the first failure says when --keep-going is given", async () => {
  await using at = await bench();
  const { server, temp, remote } = at;
  // The first is too large for the quota, which is 5; the second is missing, which would be 1.
  temp.file("huge", new Uint8Array(2_000_000));
  const names = ["a", "huge", "nosuch", "b"].map((name) => temp.join(name));
  const put = await server.ftp(["put", ...names, remote, "--keep-going"]);
  assertEquals([put.code, failuresOf(put).map((text) => text.slice(0, 3))], [5, ["404", "402"]]);
  assertEquals(namesIn(server.home("alice")), ["a", "b"]);
  Deno.mkdirSync(temp.join("back"));
  const specs = ["nosuch", "a", "b"].map((name) => remote + name);
  const get = await server.ftp(["get", ...specs, temp.join("back"), "--keep-going"]);
  assertEquals([get.code, failuresOf(get).map((text) => text.slice(0, 3))], [1, ["402"]]);
  assertEquals(namesIn(temp.join("back")), ["a", "b"]);
  const rm = await server.shell("alice", "rm nosuch a b", ["--keep-going"]);
  assertEquals([rm.code, failuresOf(rm).map((text) => text.slice(0, 3))], [1, ["402"]]);
  assertEquals(namesIn(server.home("alice")), []);
});
