import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { Session } from "../../client/connection/session.ts";
import { COMMANDS } from "../../protocol/message/commands.ts";
import { runFtp } from "../run_ftp.ts";
import { sha256Of, someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { RawClient } from "./raw_client.ts";

/** What the home's files add up to. */
function bytesIn(folder: string): number {
  let bytes = 0;
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    bytes += isDirectory ? bytesIn(join(folder, name)) : Deno.lstatSync(join(folder, name)).size;
  }
  return bytes;
}

/** Sends what was asked for; returns the last code. */
async function finish(client: RawClient, id: unknown, body: Uint8Array): Promise<unknown> {
  await client.sendFrame({ type: "data", id }, body);
  await client.sendFrame({ type: "end", id, size: body.length, sha256: await sha256Of(body) });
  return (await client.receive())!.header.code;
}

Deno.test("put() lets exactly one of ten uploads in when each needs all that is free", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const body = someBytes(1_048_576);
  const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.login(server, "alice")));
  const answers = await Promise.all(
    clients.map((client, index) => client.request("put", { path: `/f${index}`, size: body.length })),
  );
  assertEquals(answers.map(({ code }) => code).sort(), [202, ...Array(9).fill(404)]);
  for (const { needed, free } of answers.filter(({ code }) => code === 404)) {
    assertEquals([needed, free], [body.length, 0]);
  }
  const index = answers.findIndex(({ code }) => code === 202);
  assertEquals(await finish(clients[index]!, answers[index]!.id, body), 201);
  // Nobody was ended by a refusal.
  for (const client of clients) assertEquals((await client.request("quota")).used, body.length);
  assertEquals([...Deno.readDirSync(server.home("alice"))].map(({ name }) => name), [`f${index}`]);
  assertEquals(server.used("alice"), body.length);
  for (const client of clients) client[Symbol.dispose]();
});

Deno.test("put() takes a file of all that is free and refuses one of a byte more", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1000", "alice");
  using client = await RawClient.login(server, "alice");
  const over = await client.request("put", { path: "/a", size: 1_001 });
  assertEquals([over.code, over.needed, over.free], [404, 1_001, 1_000]);
  const { code, id } = await client.request("put", { path: "/a", size: 1_000 });
  assertEquals(code, 202);
  assertEquals(await finish(client, id, someBytes(1_000)), 201);
  const more = await client.request("put", { path: "/b", size: 1 });
  assertEquals([more.code, more.needed, more.free], [404, 1, 0]);
  const empty = await client.request("put", { path: "/empty", size: 0 });
  assertEquals(await finish(client, empty.id, new Uint8Array(0)), 201);
});

Deno.test("put() books the difference when it replaces a larger, a smaller and the same file", async () => {
  await using server = await TestServer.start();
  await server.addUsers("10000", "alice");
  using client = await RawClient.login(server, "alice");
  for (const [seed, size] of [3_000, 1_000, 5_000, 5_000, 0, 4_000].entries()) {
    const { code, id } = await client.request("put", { path: "/a", size, replace: true });
    assertEquals(code, 202);
    assertEquals(await finish(client, id, someBytes(size, seed + 1)), 201);
    const { used, reserved } = await client.request("quota");
    assertEquals([used, reserved, bytesIn(server.home("alice"))], [size, 0, size]);
  }
  // The old version stays until the new one is complete: both have to fit.
  assertEquals((await client.request("put", { path: "/a", size: 6_001, replace: true })).code, 404);
  assertEquals((await client.request("put", { path: "/a", size: 6_000, replace: true })).code, 202);
});

Deno.test("rm() and mv() keep used equal to what is there", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  using client = await RawClient.login(server, "alice");
  await client.request("mkdir", { path: "/d/e", parents: true });
  for (const path of ["/a", "/d/b", "/d/e/c"]) {
    const { id } = await client.request("put", { path, size: 1_000 });
    assertEquals(await finish(client, id, someBytes(1_000)), 201);
  }
  assertEquals((await client.request("mv", { from: "/d", to: "/moved" })).code, 201);
  assertEquals(server.used("alice"), 3_000);
  assertEquals((await client.request("rm", { path: "/a" })).code, 201);
  assertEquals(server.used("alice"), 2_000);
  const { files, bytes } = await client.request("rm", { path: "/moved", recursive: true });
  assertEquals([files, bytes, server.used("alice")], [2, 2_000, 0]);
});

Deno.test("put() gives its reservation back when nothing has come and the client stops or leaves", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  using client = await RawClient.login(server, "alice");
  const { code, id } = await client.request("put", { path: "/a", size: 1_000_000 });
  assertEquals(code, 202);
  await client.sendFrame({ type: "stop", id });
  assertEquals((await client.receive())!.header.code, 206);
  assertEquals((await client.request("quota")).reserved, 0);
  using leaving = await RawClient.login(server, "alice");
  assertEquals((await leaving.request("put", { path: "/a", size: 1_000_000 })).code, 202);
  await leaving.connection.closeWrite();
  await leaving.codesUntilEnd();
  const { used, reserved } = await client.request("quota");
  assertEquals([used, reserved], [0, 0]);
});

Deno.test("ftp quota counts at once when the server runs, for uploads to come", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  using client = await RawClient.login(server, "alice");
  const set = async (size: string) => {
    const { code, stderr } = await runFtp(["quota", "alice", size, "--root", server.root.directory]);
    assertEquals(code, 0, stderr);
  };
  await set("100");
  const refused = await client.request("put", { path: "/a", size: 101 });
  assertEquals([refused.code, refused.needed, refused.free], [404, 101, 100]);
  assertEquals((await client.request("quota")).limit, 100);
  await set("none");
  assertEquals((await client.request("quota")).limit, null);
  const { code, id } = await client.request("put", { path: "/a", size: 200 });
  assertEquals(code, 202);
  assertEquals(await finish(client, id, someBytes(200)), 201);
  // Less than is used already: nothing is lost, nothing more gets in.
  await set("50");
  const full = await client.request("put", { path: "/b", size: 1 });
  assertEquals([full.code, full.free], [404, 0]);
  assertEquals((await client.request("get", { path: "/a" })).code, 201);
});

Deno.test("put tells needed and free in JSON and exits 5 when there is no room", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1000", "alice");
  const file = temp.file("big.iso", someBytes(2_000));
  const ran = await server.ftp(["put", file, `alice@${server.address}:`, "--json"]);
  assertEquals(ran.code, 5, ran.stderr);
  const { ok, code, needed, free } = JSON.parse(ran.stdout.trim().split("\n").at(-1)!);
  assertEquals({ ok, code, needed, free }, { ok: false, code: 404, needed: 2_000, free: 1_000 });
  assertEquals(
    ran.stderr,
    'ftp: 404 Not enough space for "big.iso": 2.0 KiB needed, 1000 B of 1000 B free\n',
  );
  assertEquals([...Deno.readDirSync(server.home("alice"))], []);
});

/** Uploads in this process, through the real client's connection. */
async function upload({ remote }: Session, path: string, body: Uint8Array): Promise<string> {
  const exchange = await remote.open("put", { path: path as never, size: body.length, replace: true });
  const answer = await exchange.accepted(COMMANDS.put.accept);
  if ("reply" in answer) throw new Error(`No go-ahead for ${path}`);
  const sha256 = await sha256Of(body);
  for (let at = 0; at < body.length; at += 65_536) await exchange.sendData(body.subarray(at, at + 65_536));
  await exchange.sendEnd({ size: body.length, sha256 });
  return (await exchange.reply()).header.sha256 as string;
}

/** Downloads in this process. */
async function download({ remote }: Session, path: string): Promise<Uint8Array> {
  const exchange = await remote.open("get", { path: path as never });
  await exchange.accepted(COMMANDS.get.accept);
  const chunks: number[] = [];
  for (;;) {
    const next = await exchange.receive();
    if (next.kind === "data") chunks.push(...next.chunk);
    if (next.kind !== "end") continue;
    const body = new Uint8Array(chunks);
    await exchange.sendEnd({ size: body.length, sha256: await sha256Of(body) });
    await exchange.reply();
    return body;
  }
}

Deno.test("server keeps every digest and every quota right when 100 sessions of 10 users work together", async () => {
  await using server = await TestServer.start(["--max-sessions-per-ip", "1000", "--max-startups", "1000:30:1000"]);
  const users = Array.from({ length: 10 }, (_, i) => `user${i}`);
  await server.addUsers("10M", ...users);
  const work = users.flatMap((user) => Array.from({ length: 10 }, (_, index) => ({ user, index })));
  await Promise.all(work.map(async ({ user, index }) => {
    const session = await server.session(user);
    const own = someBytes(20_000 + 1_000 * index, 7 * index + user.length);
    assertEquals(await upload(session, `/own${index}`, own), await sha256Of(own));
    // All ten write to one name as well: it must end up as one of them, whole.
    await upload(session, "/shared", own);
    assertEquals(await sha256Of(await download(session, `/own${index}`)), await sha256Of(own));
    await upload(session, `/own${index}`, own.subarray(0, 10_000));
    await session.remote.close();
  }));
  for (const user of users) {
    const shared = Deno.readFileSync(join(server.home(user), "shared"));
    const index = (shared.length - 20_000) / 1_000;
    assertEquals(await sha256Of(shared), await sha256Of(someBytes(shared.length, 7 * index + user.length)));
    assertEquals(bytesIn(server.home(user)), 10 * 10_000 + shared.length);
    assertEquals(server.used(user), bytesIn(server.home(user)));
  }
});
