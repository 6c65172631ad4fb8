import { assertEquals } from "@std/assert";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { namesIn } from "../resume/kit.ts";
import { failuresOf } from "../tree/kit.ts";

Deno.test("get says that the folder is on the server and that -r downloads it when -r is missing", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  Deno.mkdirSync(`${server.home("alice")}/folder`);
  // That there is a folder of this name here, too, has nothing to do with it.
  Deno.mkdirSync(temp.join("folder"));
  for (const [spec, path] of [["", "/"], ["folder", "/folder"]]) {
    const ran = await server.ftp(["get", `alice@${server.address}:${spec}`], { cwd: temp.path });
    assertEquals(failuresOf(ran), [`407 "${path}" on the server is a folder; get -r downloads it with all in it`]);
    assertEquals(ran.code, 1);
  }
  assertEquals(namesIn(temp.path), ["folder"]);
});

Deno.test("get blames the local folder when the name is a file on the server", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  Deno.writeTextFileSync(`${server.home("alice")}/name`, "text");
  Deno.mkdirSync(temp.join("name"));
  const ran = await server.ftp(["get", `alice@${server.address}:name`], { cwd: temp.path });
  assertEquals(failuresOf(ran), [`407 Local "${temp.join("name")}" is a folder`]);
});

Deno.test("put says that -r uploads a folder when -r is missing", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  const ran = await server.ftp(["put", temp.path, `alice@${server.address}:`]);
  assertEquals(failuresOf(ran), [`407 Local "${temp.path}" is a folder; put -r uploads it with all in it`]);
  assertEquals(namesIn(server.home("alice")), []);
});

Deno.test("get names the target and the folder that is missing, and no part", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  Deno.writeTextFileSync(`${server.home("alice")}/name`, "text");
  const target = temp.join("missing", "x");
  const ran = await server.ftp(["get", `alice@${server.address}:name`, target]);
  assertEquals(failuresOf(ran), [`402 Local "${target}" cannot be written: "${temp.join("missing")}" does not exist`]);
});
