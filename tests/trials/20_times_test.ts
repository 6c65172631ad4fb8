import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { RecordPacker } from "../../protocol/message/record.ts";
import { mounted } from "../mounts.ts";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { RawClient } from "../server/raw_client.ts";
import { HostileServer, recordOf } from "../tree/hostile_server.ts";
import { assertRan, failuresOf, listed, namesOf } from "../tree/kit.ts";

const DATE_MOST = 8.64e15;
/** Times that a peer may say, some of which no disk can hold. Among them -1, the year 1 and the year 2500. */
const TIMES = [0, -1, DATE_MOST, -DATE_MOST, -62_135_596_800_000, 16_725_225_600_000];
const IMPOSSIBLE = [DATE_MOST + 1, -DATE_MOST - 1, 2 ** 53 - 1, -1.5, null, "0"];
const CONTENT = new TextEncoder().encode("x");
const SHA256 = createHash("sha256").update(CONTENT).digest("hex");

async function put(client: RawClient, path: string, mtime: unknown): Promise<unknown> {
  const go = await client.request("put", { path, size: 1, mtime });
  if (go.type !== "accept") return go.code;
  await client.sendFrame({ type: "data", id: go.id }, CONTENT);
  await client.sendFrame({ type: "end", id: go.id, size: 1, sha256: SHA256 });
  return (await client.receive())?.header.code;
}

async function store(client: RawClient, name: string, mtime: unknown): Promise<unknown> {
  const go = await client.request("store", { path: "/", bytes: 1, more: 0 });
  const packer = new RecordPacker();
  packer.add({ name, entry: "file", mtime, sha256: SHA256 }, CONTENT);
  await client.sendFrame({ type: "data", id: go.id }, packer.take());
  const end = { type: "end", id: go.id, size: 1, sha256: createHash("sha256").update(SHA256).digest("hex") };
  await client.sendFrame(end);
  return (await client.receive())?.header.code;
}

/** A server whose homes are on a volume that holds any time, if this machine lets us have one. */
async function onVolume() {
  await using stack = new AsyncDisposableStack();
  const temp = stack.use(new TempDir());
  Deno.mkdirSync(temp.join("volume"));
  const volume = stack.use(mounted({ at: temp.join("volume") }));
  const server = stack.use(await TestServer.start(["--no-tls", "--disk-reserve", "0"], temp.join("volume", "root")));
  await server.addUsers("1M", "alice");
  const all = stack.move();
  return { server, temp, volume, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

Deno.test("row 20: a time beyond what a Date holds is refused, and any other leaves a folder that can be used", async () => {
  await using it = await onVolume();
  const { server, temp } = it;
  using client = await RawClient.login(server, "alice");
  for (const [at, mtime] of IMPOSSIBLE.entries()) {
    assertEquals(await put(client, `/bad ${at}`, mtime), 401, String(mtime));
    assertEquals(await store(client, `bad ${at}`, mtime), 401, String(mtime));
  }
  for (const [at, mtime] of TIMES.entries()) {
    assertEquals(await put(client, `/put ${at}`, mtime), 201, String(mtime));
    assertEquals(await store(client, `store ${at}`, mtime), 201, String(mtime));
  }
  const ran = await server.shell("alice", "ls; ls -R; stat 'put 2'; get 'put 2'", ["--json"], temp.path);
  assertRan(ran, 0);
  const rows = ran.stdout.trim().split("\n").map((line) => JSON.parse(line)).filter(({ type }) => type === "file");
  assertEquals(rows.length, 4 * TIMES.length + 1);
  for (const { name, mtime } of rows) assert(Number.isSafeInteger(mtime), `${name}: ${mtime}`);
  assertRan(await server.ftp(["get", "-r", `alice@${server.address}:`, temp.join("copy")]), 0);
  assertEquals(namesOf(temp.join("copy")).length, 2 * TIMES.length);
  assertRan(await server.shell("alice", "ls -l; mv 'put 3' moved; rm moved 'store 3'"), 0);
});

Deno.test("row 20: a file whose time this runtime cannot say is listed, read and sent all the same", async () => {
  await using it = await onVolume();
  const { server, temp, volume } = it;
  if (!volume.isThere) return;
  const home = server.home("alice");
  const strange = (path: string) => {
    Deno.writeTextFileSync(path, "content");
    Deno.utimeSync(path, 2 ** 53, 2 ** 53);
    // If it can be said after all, this test shows nothing.
    assertEquals(Deno.statSync(path).mtime?.getTime(), NaN);
  };
  strange(join(home, "strange"));
  const shown = await server.shell("alice", "ls -l; ls -R; stat strange; get strange", [], temp.path);
  assertRan(shown, 0);
  assertEquals(Deno.readTextFileSync(temp.join("strange")), "content");
  assertRan(await server.ftp(["get", "-r", `alice@${server.address}:`, temp.join("copy")]), 0);
  assertEquals(Deno.readTextFileSync(temp.join("copy", "strange")), "content");
  // And from a volume of ours.
  const local = temp.join("volume", "local");
  Deno.mkdirSync(local);
  strange(join(local, "here"));
  assertRan(await server.shell("alice", `put here`, [], local), 0);
  assertRan(await server.ftp(["put", "-r", local, `alice@${server.address}:`]), 0);
  assertEquals(namesOf(home), ["here", "local/", "local/here", "strange"]);
});

Deno.test("row 20: a client shows an entry without a time, and gets it", async () => {
  const tree = [
    listed("good", "file", 4),
    listed("null", "file", 4, { mtime: null }),
    listed("far", "file", 4, { mtime: DATE_MOST + 1 }),
    listed("none", "file", 4, { mtime: undefined }),
  ];
  const fetch = (names: string[]) => names.map((name) => recordOf(name, "evil", { mtime: DATE_MOST + 1 }));
  const get = new TextEncoder().encode("evil");
  await using server = await HostileServer.start({ tree, fetch, get, accept: { mtime: null } });
  using temp = new TempDir();
  const plain = await server.run(["ls", "-l", "REMOTE:"]);
  assertEquals(plain.stdout.split("\n").map((line) => line.slice(26)), [
    "1970-01-01 00:00:00 good",
    "?                   null",
    "?                   far",
    "?                   none",
    "",
  ]);
  const json = await server.run(["ls", "--json", "REMOTE:"]);
  assertEquals(json.stdout.trim().split("\n").map((line) => JSON.parse(line).mtime), [0, null, null, null]);
  assertRan(await server.run(["get", "-r", "REMOTE:", temp.join("copy")]), 0);
  assertEquals(namesOf(temp.join("copy")), ["far", "good", "none", "null"]);
  const one = await server.run(["get", "REMOTE:one", temp.join("one")]);
  assertEquals([one.code, failuresOf(one)], [0, []]);
  assertEquals(Deno.readTextFileSync(temp.join("one")), "evil");
});
