import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { Header } from "../../protocol/message/header.ts";
import { RECORD_LIMIT_BYTES, RecordPacker, unpackRecords } from "../../protocol/message/record.ts";
import { someBytes } from "../harness.ts";
import { bytesOf, u32 } from "../protocol/bytes.ts";
import { jailed } from "../server/jailed.ts";
import { assertLives, digestOf, store, storeFiles } from "./hostile_client.ts";
import { assertSettled, makeTree, namesOf, stagedOf } from "./kit.ts";

const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();

Deno.test("store() refuses each name that is not a path below its folder and takes the others", async () => {
  await using at = await jailed();
  makeTree(at.home, { "base/d": null, "above": "kept" });
  const names = [
    "../x",
    "d/../../x",
    "..",
    ".",
    "",
    "/",
    "/x",
    "/d/x",
    "d/",
    "d//x",
    "d/./x",
    "a\u0000",
    "a\nb",
    "a\u202eb",
  ];
  const taken: string[] = [];
  for (const name of names) {
    const { code, failures } = await storeFiles(at.client, [{ name }, { name: "fine" }], { path: "/base" });
    assertEquals(code, 201, JSON.stringify(name));
    if (`${failures}` !== "411") taken.push(name);
  }
  assertEquals({ taken, tree: namesOf(at.home) }, { taken: [], tree: ["above", "base/", "base/d/", "base/fine"] });
  await assertLives(at.client);
});

Deno.test("store() writes nothing outside when a planted link leads there", async () => {
  await using at = await jailed();
  Deno.symlinkSync(at.outside.path, join(at.home, "link"));
  Deno.symlinkSync(at.outside.join("secret"), join(at.home, "file link"));
  Deno.symlinkSync(at.outside.join("new"), join(at.home, "dangling"));
  assertEquals((await storeFiles(at.client, [{ name: "x" }], { path: "/link" })).code, 406);
  const folder = { entry: "folder", sha256: undefined };
  const sent = [{ name: "link/x" }, { name: "link/d", text: "", more: folder }, {
    name: "link",
    text: "",
    more: folder,
  }];
  const packer = new RecordPacker();
  for (const { name, more } of sent) packer.add({ name, entry: "file", sha256: digestOf(""), ...more }, NOTHING);
  const { failures } = await store(at.client, [packer.take()], { end: { sha256: digestOf(digestOf("")) } });
  assertEquals(failures, [406, 406, 407]);
  // A link in the place of a file may be replaced or refused, but is never followed: the jail looks at the outside.
  await storeFiles(at.client, [{ name: "file link" }, { name: "dangling" }]);
  await assertLives(at.client);
  assertSettled(at.server);
});

Deno.test("fetch() sends nothing from outside its folder when names lead there", async () => {
  await using at = await jailed();
  makeTree(at.home, { "base/d": null, "above": "kept" });
  Deno.symlinkSync(at.outside.path, join(at.home, "base", "link"));
  Deno.symlinkSync(at.outside.join("secret"), join(at.home, "base", "file link"));
  const codes = {
    "../above": 411,
    "/above": 411,
    "d/../../above": 411,
    "link/secret": 406,
    "file link": 407,
    "d": 407,
  };
  const id = at.client.nextId();
  const body = encoder.encode(Object.keys(codes).join("\n"));
  await at.client.sendFrame({ type: "request", id, command: "fetch", path: "/base" }, body);
  const records = [...unpackRecords((await at.client.receive())!.body)];
  assertEquals(Object.fromEntries(records.map(({ header }) => [header.name, header.code])), codes);
  for (const { content } of records) assertEquals(content.length, 0);
  const end = (await at.client.receive())!.header;
  await at.client.sendFrame({ type: "end", id, size: end.size, sha256: end.sha256 });
  assertEquals((await at.client.receive())!.header.code, 201);
  await assertLives(at.client);
});

Deno.test("store() notes 409 and books nothing for a file when its digest is wrong", async () => {
  await using at = await jailed();
  const files = [{ name: "a", more: { sha256: digestOf("other") } }, { name: "b" }];
  assertEquals(await storeFiles(at.client, files), { code: 201, files: 1, failures: [409] });
  assertEquals(namesOf(at.home), ["b"]);
  assertSettled(at.server);
  await assertLives(at.client);
});

Deno.test("store() ends with 409 and keeps nothing of the group when more comes than was announced", async () => {
  await using at = await jailed();
  const files = [{ name: "a", text: "12345" }, { name: "b", text: "123456" }];
  assertEquals((await storeFiles(at.client, files, { bytes: 10 })).code, 409);
  assertEquals(namesOf(at.home), []);
  assertSettled(at.server);
  assertEquals((await at.client.request("quota")).reserved, 0);
  await assertLives(at.client);
});

Deno.test("store() ends with 409 when its end tells of other files", async () => {
  await using at = await jailed();
  const packer = new RecordPacker();
  packer.add({ name: "a", entry: "file", sha256: digestOf("evil") }, encoder.encode("evil"));
  const body = packer.take();
  for (const end of [{ size: 5 }, { size: 4, sha256: digestOf("evil") }]) {
    assertEquals((await store(at.client, [body], { end })).code, 409);
    assertSettled(at.server);
  }
  await assertLives(at.client);
});

Deno.test("store() refuses a record and the session lives on when it does not fit its frame or the protocol", async () => {
  await using at = await jailed();
  const header = '{"name":"a","entry":"file"}';
  const long = "x".repeat(RECORD_LIMIT_BYTES + 1);
  const bodies: [Uint8Array, number][] = [
    [bytesOf([0]), 401],
    [bytesOf(u32(27), u32(1), header), 401],
    [bytesOf(u32(0), u32(0)), 401],
    [bytesOf(u32(2), u32(0), "[]"), 401],
    [bytesOf(u32(27), u32(0), header), 401],
    [bytesOf(u32(0xffff_ffff), u32(0xffff_ffff), header), 413],
    [bytesOf(u32(27), u32(long.length), header, long), 413],
  ];
  for (const [body, code] of bodies) {
    assertEquals((await store(at.client, [body], { bytes: 1_000_000 })).code, code);
    assertEquals(stagedOf(at.server), []);
    assertEquals((await at.client.request("quota")).reserved, 0);
  }
  for (const more of [{ entry: "link" }, { mtime: "now" }, { exec: 1 }, { more: 1 }]) {
    assertEquals((await storeFiles(at.client, [{ name: "a", more }])).code, 401, JSON.stringify(more));
  }
  assertEquals(namesOf(at.home), []);
  await assertLives(at.client);
  assertSettled(at.server);
});

Deno.test("store() gives everything back when the client leaves or stops in the middle", async () => {
  await using at = await jailed();
  const packer = new RecordPacker();
  packer.add({ name: "a", entry: "file", sha256: digestOf(someBytes(9_000)) }, someBytes(9_000));
  const body = packer.take();
  const accept = await at.client.request("store", { path: "/", bytes: 9_000_000, more: 0 });
  await at.client.sendFrame({ type: "data", id: accept.id }, body);
  await at.client.sendFrame({ type: "stop", id: accept.id });
  assertEquals((await at.client.receive())!.header.code, 206);
  assertEquals((await at.client.request("quota")).reserved, 0);
  const again = await at.client.request("store", { path: "/", bytes: 9_000_000, more: 0 });
  await at.client.sendFrame({ type: "data", id: again.id }, body);
  await at.client.connection.closeWrite();
  await at.client.codesUntilEnd();
  assertEquals(namesOf(at.home), []);
  assertSettled(at.server);
});

Deno.test("store() and fetch() refuse numbers and bodies when they make no sense", async () => {
  await using at = await jailed();
  const asked: [Header, number][] = [
    [{ path: "/", bytes: -1, more: 0 }, 401],
    [{ path: "/", bytes: 0.5, more: 0 }, 401],
    [{ path: "/", bytes: 0 }, 401],
    [{ path: "/", bytes: Number.MAX_SAFE_INTEGER, more: 0 }, 404],
    [{ path: "/", bytes: 0, more: Number.MAX_SAFE_INTEGER }, 404],
    [{ path: "/", bytes: Number.MAX_SAFE_INTEGER, more: Number.MAX_SAFE_INTEGER }, 404],
    [{ path: "/missing", bytes: 0, more: 0 }, 402],
  ];
  for (const [fields, code] of asked) {
    assertEquals((await at.client.request("store", fields)).code, code, JSON.stringify(fields));
  }
  await at.client.sendFrame(
    { type: "request", id: at.client.nextId(), command: "fetch", path: "/" },
    new Uint8Array([0xff, 0xfe, 0x0a]),
  );
  assertEquals((await at.client.receive())!.header.code, 401);
  assertEquals((await at.client.request("quota")).reserved, 0);
  await assertLives(at.client);
});
