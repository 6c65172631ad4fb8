import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { assertAll, jailed, put } from "./jailed.ts";

Deno.test("virtualPath() stays below the top and touches nothing outside when a path climbs", async () => {
  await using it = await jailed();
  const { client, home, server } = it;
  for (const path of ["../x", "a/../../x", "./../x", "..//x", "/../../../x", "/a/b/../../../../x", "..//..//./x"]) {
    assertEquals(await put(client, path, path), 201, path);
    assertEquals(Deno.readTextFileSync(join(home, "x")), path);
    assertEquals((await client.request("stat", { path })).path, "/x");
  }
  const up = `../bob/../../../../../../..${it.outside.path}/secret`;
  for (const path of [up, "/../bob", "../../ftp.db", "../../../etc/passwd", "/etc/passwd"]) {
    assertEquals((await client.request("hash", { path })).code, 402, path);
  }
  const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  assertEquals(names(home), ["x"]);
  assertEquals(names(server.root.homes), ["alice", "bob"]);
  assertEquals(names(server.home("bob")), []);
});

Deno.test("storage takes other spellings of a separator for an ordinary part of a name", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using it = await jailed();
  const { client, home } = it;
  const names = [
    "..\\x",
    "a\\..\\..\\x",
    "\\s3\\..\\local",
    "%2e%2e%2fx",
    "\u2215x",
    "\uff0fx",
    "\u2024\u2024",
    "C:\\x",
    "C:x",
  ];
  const more = [
    "\\\\srv\\s",
    "\\??\\C:\\x",
    "CON",
    "nul.txt",
    "COM1 ",
    "x.",
    "x ",
    "a.txt:evil",
    "-oX",
    "$(id)",
    ";id",
    "%s%n{{7*7}}${x}",
    "...",
  ];
  for (const name of [...names, ...more]) {
    assertEquals(await put(client, name, name), 201, name);
    assertEquals(Deno.readTextFileSync(join(home, name)), name);
  }
  const onDisk = [...Deno.readDirSync(home)].map(({ name }) => name).sort();
  assertEquals(onDisk, [...names, ...more].sort());
});

Deno.test("storage answers 411 and does nothing when a name holds what breaks a line or reorders it", async () => {
  await using it = await jailed();
  await put(it.client, "/here", "here");
  const characters = [
    "\0",
    "\n",
    "\r",
    "\t",
    "\x1b",
    "\x7f",
    "\x9b",
    "\u202e",
    "\u2028",
    "\u2029",
    "\u202a",
    "\u2066",
    "\u2069",
  ];
  for (const character of characters) {
    for (const name of [`a${character}b`, `${character}`, `d/${character}x/y`, `..${character}/x`]) {
      await assertAll(it.client, name, [411]);
    }
  }
  assertEquals([...Deno.readDirSync(it.home)].map(({ name }) => name), ["here"]);
});

Deno.test("storage takes names of 255 bytes and answers 411 when a name, path or depth is over its limit", async () => {
  await using it = await jailed();
  await put(it.client, "/here", "here");
  for (const name of ["n".repeat(255), "é".repeat(127) + "e", "文".repeat(85), "🌍".repeat(63) + "abc"]) {
    assertEquals(await put(it.client, name, name), 201);
    assertEquals(Deno.readTextFileSync(join(it.home, name)), name);
    await assertAll(it.client, `${name}x`, [411]);
  }
  const deepest = Array(64).fill("d").join("/");
  assertEquals((await it.client.request("mkdir", { path: deepest, parents: true })).code, 201);
  await assertAll(it.client, `${deepest}/d`, [411]);
  await assertAll(it.client, Array(1_000).fill("d").join("/"), [411]);
  const long = (length: number) => `${"/".repeat(length - 4)}here`;
  assertEquals((await it.client.request("stat", { path: long(4_096) })).code, 201);
  await assertAll(it.client, long(4_097), [411]);
  assertEquals((await it.client.request("rm", { path: "/d", recursive: true })).code, 201);
});

Deno.test("storage answers 406 and changes nothing when the top is to be removed, moved or replaced", async () => {
  await using it = await jailed();
  const { client } = it;
  await put(client, "/here", "here");
  for (const path of ["/", ".", "", "..", "//", "/./.", "here/.."]) {
    assertEquals((await client.request("rm", { path, recursive: true })).code, 406, path);
    assertEquals((await client.request("rmdir", { path })).code, 406, path);
    assertEquals((await client.request("mv", { from: path, to: "/x" })).code, 406, path);
    assertEquals((await client.request("put", { path, size: 1 })).code, 406, path);
    assert([403, 406].includes((await client.request("mv", { from: "/here", to: path })).code as number), path);
    assertEquals((await client.request("ls", { path })).type, "data");
    assertEquals((await client.receive())!.header.code, 201);
  }
  assertEquals(Deno.readTextFileSync(join(it.home, "here")), "here");
});

Deno.test("mv() changes nothing when it goes into itself, onto something, or has no source", async () => {
  await using it = await jailed();
  const { client, home } = it;
  for (const path of ["/d/e", "/f"]) await client.request("mkdir", { path, parents: true });
  await put(client, "/a", "a");
  await put(client, "/b", "b");
  const rows: [from: string, to: string, code: number][] = [
    ["/d", "/d/e/x", 406],
    ["/d", "/d/x", 406],
    ["/d", "/d", 403],
    ["/a", "/a", 403],
    ["/a", "/b", 403],
    ["/a", "/f", 403],
    ["/d", "/f", 403],
    ["/none", "/x", 402],
    ["/a", "/none/x", 402],
    ["/a", "/b/x", 407],
    ["/a/x", "/x", 407],
  ];
  for (const [from, to, code] of rows) {
    assertEquals((await client.request("mv", { from, to })).code, code, `${from} ${to}`);
  }
  assertEquals([...Deno.readDirSync(home)].map(({ name }) => name).sort(), ["a", "b", "d", "f"]);
  assertEquals(Deno.readTextFileSync(join(home, "a")) + Deno.readTextFileSync(join(home, "b")), "ab");
  assertEquals((await client.request("mv", { from: "/a", to: "../../../c" })).code, 201);
  assertEquals(Deno.readTextFileSync(join(home, "c")), "a");
});
