import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { RecordPacker } from "../../protocol/message/record.ts";
import { shareOut, wantedDescriptors, warningOf } from "../../server/descriptors.ts";
import { ftpCommand } from "../run_ftp.ts";
import { PATIENCE_MS, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { RawClient } from "../server/raw_client.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** What makes a program that can open only so many files and sockets. */
const atMost = (openFiles: number) => ["sh", "-c", `ulimit -n ${openFiles} && exec "$@"`, "sh"];

/** Connections that never say anything. */
async function silent(server: TestServer, count: number): Promise<Deno.Conn[]> {
  const address = { hostname: "127.0.0.1", port: server.port };
  return await Promise.all(Array.from({ length: count }, () => Deno.connect(address)));
}

/** One exchange that ends with a reply; returns its code and sentence. */
async function answer(client: RawClient): Promise<string> {
  for (;;) {
    const { header } = (await client.receive())!;
    if (header.type === "reply") return [header.code, header.message].join(" ").trim();
  }
}

/** Stores a small file in each of so many folders, all in one frame. */
async function store(client: RawClient, top: string, folders: number): Promise<string> {
  assertEquals((await client.request("mkdir", { path: `/${top}` })).code, 201);
  const packer = new RecordPacker();
  const none = new Uint8Array(0);
  const digests = createHash("sha256");
  for (let at = 0; at < folders; at++) {
    assert(packer.add({ name: `${at}`, entry: "folder" }, none));
    assert(packer.add({ name: `${at}/f`, entry: "file", sha256: sha256("x") }, new TextEncoder().encode("x")));
    digests.update(sha256("x"));
  }
  const id = client.nextId();
  await client.sendFrame({ type: "request", id, command: "store", path: `/${top}`, bytes: folders, more: 0 });
  assertEquals((await client.receive())!.header.code, 202);
  await client.sendFrame({ type: "data", id }, packer.take());
  await client.sendFrame({ type: "end", id, size: folders, sha256: digests.digest("hex") });
  return await answer(client);
}

async function put(client: RawClient, path: string, text: string): Promise<string> {
  const id = client.nextId();
  await client.sendFrame({ type: "request", id, command: "put", path, size: text.length });
  assertEquals((await client.receive())!.header.code, 202);
  await client.sendFrame({ type: "data", id }, new TextEncoder().encode(text));
  await client.sendFrame({ type: "end", id, size: text.length, sha256: sha256(text) });
  return await answer(client);
}

async function workWith(client: RawClient, name: string): Promise<void> {
  assertEquals((await client.request("mkdir", { path: `/${name}` })).code, 201);
  assertEquals(await put(client, `/${name}/a`, "content"), "201");
  assertEquals((await client.request("mv", { from: `/${name}/a`, to: `/${name}/b` })).code, 201);
  assertEquals(await store(client, `${name}/tree`, 150), "201");
  assertEquals((await client.request("rm", { path: `/${name}`, recursive: true })).code, 201);
}

Deno.test({
  name: "row 9: files and folders change as ever while more silent connections come than there are descriptors for",
  ignore: Deno.build.os === "windows",
  async fn() {
    const limits = ["--max-sessions-per-ip", "1000"];
    await using server = await TestServer.start(limits, undefined, { wrap: atMost(160) });
    await server.addUsers("10M", "alice");
    using before = await RawClient.login(server, "alice");
    const flood = await silent(server, 400);
    await server.untilLogged(/"event":"not accepting"/g);
    await workWith(before, "before");
    for (const connection of flood) connection.close();
    // As soon as there is room a new login gets in, too.
    let after: RawClient | undefined;
    for (const end = performance.now() + PATIENCE_MS; !after && performance.now() < end;) {
      after = await RawClient.login(server, "alice").catch(() => undefined);
    }
    assert(after, "nobody gets in any more");
    using client = after;
    await workWith(client, "after");
    const { code, log } = await server.stop();
    assertEquals(code, 0, log);
    assertEquals(log.includes("os error 24"), false, log);
    assertMatch(log, /"event":"few descriptors"/);
  },
});

Deno.test({
  name: "row 9: serve refuses with one sentence where it could not work, and says where it can do little",
  ignore: Deno.build.os === "windows",
  async fn() {
    using temp = new TempDir();
    const args = ["serve", "--root", temp.join("root"), "--host", "127.0.0.1", "--port", "0", "--no-tls"];
    const options: Deno.CommandOptions = { stdin: "null", stdout: "piped", stderr: "piped" };
    const { code, stdout, stderr } = await ftpCommand(args, options, [], atMost(40)).output();
    const said = new TextDecoder().decode(stderr);
    assertEquals([code, stdout.length], [1, 0], said);
    assertMatch(
      said,
      /^ftp: 500 The system lets this program open only \d+ more files and connections, and at least 26 /,
    );
    await using server = await TestServer.start(["--no-tls"], undefined, { wrap: atMost(64) });
    await server.addUsers("1M", "alice");
    using client = await RawClient.login(server, "alice");
    assertEquals(await put(client, "/a", "content"), "201");
    const { log } = await server.stop();
    assertStringIncludes(log, "too few to be of use: raise the limit (ulimit -n)");
  },
});

Deno.test("row 9: shareOut() leaves files room for whatever the sessions do when there are few descriptors", () => {
  for (let free = 26; free < 20_000; free += 7) {
    const { sessions, sockets, groupedFiles } = shareOut(free, 1_024);
    assert(sessions >= 1 && sockets >= sessions, `${free}`);
    // Two files and two folders for each session, the small files of all trees, and some to spare.
    assert(sockets + 4 * sessions + groupedFiles + 16 <= free, `${free}`);
  }
  const enough = wantedDescriptors(1_024);
  assertEquals(shareOut(enough, 1_024).sessions, 1_024);
  assertEquals(warningOf(shareOut(enough, 1_024), { free: enough, maxSessions: 1_024 }), undefined);
  assertMatch(warningOf(shareOut(1_000, 1_024), { free: 1_000, maxSessions: 1_024 })!, /enough for 98 sessions/);
});
