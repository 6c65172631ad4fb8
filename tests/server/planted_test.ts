import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { Header } from "../../protocol/message/header.ts";
import { assertAll, jailed, put } from "./jailed.ts";
import { RawClient } from "./raw_client.ts";

Deno.test("storage refuses every operation when a planted link leads outside or nowhere", async () => {
  await using it = await jailed();
  const { client, home, outside } = it;
  await put(client, "/here", "here");
  Deno.symlinkSync(outside.path, join(home, "folder"));
  Deno.symlinkSync("../..", join(home, "up"));
  Deno.symlinkSync(outside.join("secret"), join(home, "file"));
  Deno.symlinkSync(outside.join("not-there"), join(home, "dangling"));
  Deno.symlinkSync("dangling", join(home, "chain"));
  Deno.symlinkSync("loop", join(home, "loop"));
  const links = ["folder", "up", "file", "dangling", "chain", "loop"];
  const behind = ["folder/secret", "folder/new", "folder/a/b", "up/ftp.db"];
  for (const path of behind) await assertAll(client, path, [402, 403, 406]);
  // A link itself is replaced by nothing, wherever it leads.
  for (const path of links) await assertAll(client, path, [402, 403, 406], { put: [407] });
  const code = async (command: string, fields: Header) => (await client.request(command, fields)).code;
  for (const path of links) {
    assertEquals(await code("get", { path }) === 201, false);
    assertEquals(await put(client, path, "x"), 407);
  }
  assertEquals(Deno.readLinkSync(join(home, "folder")), outside.path);
  assertEquals(Deno.readTextFileSync(join(home, "here")), "here");
});

Deno.test("storage follows a planted link when it stays inside, and no further", async () => {
  await using it = await jailed();
  const { client, home } = it;
  assertEquals((await client.request("mkdir", { path: "/d" })).code, 201);
  assertEquals(await put(client, "/d/a", "inside"), 201);
  Deno.symlinkSync("d", join(home, "link"));
  assertEquals((await client.request("hash", { path: "/link/a" })).size, 6);
  assertEquals(await put(client, "/link/b", "more"), 201);
  assertEquals(Deno.readTextFileSync(join(home, "d", "b")), "more");
  assertEquals((await client.request("rm", { path: "/link", recursive: true })).code, 201);
  assertEquals([...Deno.readDirSync(join(home, "d"))].length, 2);
});

Deno.test("rm() removes links and never what is behind them when a folder goes with all in it", async () => {
  await using it = await jailed();
  const { client, home, outside, server } = it;
  assertEquals((await client.request("mkdir", { path: "/d/e", parents: true })).code, 201);
  assertEquals(await put(client, "/keep", "kept"), 201);
  Deno.symlinkSync(outside.path, join(home, "d", "e", "out"));
  Deno.symlinkSync(outside.join("secret"), join(home, "d", "file"));
  Deno.symlinkSync("../keep", join(home, "d", "inside"));
  Deno.symlinkSync("nowhere", join(home, "d", "dangling"));
  assertEquals((await client.request("rm", { path: "/d", recursive: true })).code, 201);
  assertEquals([...Deno.readDirSync(home)].map(({ name }) => name), ["keep"]);
  assertEquals(server.used("alice"), 4);
});

Deno.test("storage answers 500 and makes nothing when the home was replaced by a link or is gone", async () => {
  await using it = await jailed();
  const { client, home, outside, server } = it;
  Deno.renameSync(home, `${home}.away`);
  for (const replace of [() => {}, () => Deno.symlinkSync(outside.path, home)]) {
    replace();
    await assertAll(client, "/here", [500]);
    assertEquals((await client.request("ls", { path: "/" })).code, 500);
    const again = await RawClient.login(server, "alice");
    assertEquals((await again.request("mkdir", { path: "/x" })).code, 500);
    again[Symbol.dispose]();
  }
});

Deno.test("put() replaces the name and leaves the other inode when a hard link was planted", async () => {
  await using it = await jailed();
  const { client, home, server } = it;
  Deno.writeTextFileSync(join(server.home("bob"), "his"), "bob's");
  Deno.linkSync(join(server.home("bob"), "his"), join(home, "mine"));
  assertEquals(await put(client, "/mine", "alice's"), 201);
  assertEquals(Deno.readTextFileSync(join(server.home("bob"), "his")), "bob's");
  assertEquals(Deno.readTextFileSync(join(home, "mine")), "alice's");
});

Deno.test("storage answers 407 at once when a FIFO, socket or device was planted", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using it = await jailed();
  const { client, home } = it;
  const run = (program: string, ...args: string[]) => new Deno.Command(program, { args }).outputSync().success;
  assert(run("mkfifo", join(home, "fifo")));
  // The tests may not listen on it themselves; what is left of a listener is still a socket.
  const listen = `Deno.listen({ transport: "unix", path: ${JSON.stringify(join(home, "socket"))} })`;
  assert(run(Deno.execPath(), "eval", `${listen}; Deno.exit()`));
  const names = ["fifo", "socket"];
  // Only root may make a device.
  if (run("mknod", join(home, "device"), "c", "1", "5")) names.push("device");
  for (const path of names) {
    assertEquals((await client.request("get", { path })).code, 407, `get ${path}`);
    assertEquals((await client.request("hash", { path })).code, 407, `hash ${path}`);
    assertEquals((await client.request("ls", { path })).code, 407, `ls ${path}`);
    assertEquals((await client.request("stat", { path })).entry, "other");
    assertEquals((await client.request("get", { path: `${path}/x` })).code, 407);
    assertEquals((await client.request("rm", { path })).code, 201);
  }
});

Deno.test("ls() skips and counts a name when it is not Unicode", { ignore: Deno.build.os !== "linux" }, async () => {
  await using it = await jailed();
  await put(it.client, "/good", "good");
  // Deno itself cannot spell such a name.
  const made = new Deno.Command("sh", { args: ["-c", "printf x > \"$(printf 'bad\\377\\376name')\""], cwd: it.home });
  assert(made.outputSync().success);
  await it.client.request("ls", { path: "/" });
  const { entries, skipped } = (await it.client.receive())!.header;
  assertEquals([entries, skipped], [1, 1]);
  const ran = await it.server.shell("alice", "ls");
  assertEquals(ran.stdout, "good\n");
  assertStringIncludes(ran.stderr, "1 name");
});
