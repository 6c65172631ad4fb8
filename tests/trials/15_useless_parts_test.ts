import { Chunk } from "../../protocol/frame/chunk.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import type { Header } from "../../protocol/message/header.ts";
import { virtualPath } from "../../protocol/virtual_path.ts";
import { QuotaLedger } from "../../users/quota_ledger.ts";
import { sha256Of, someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { bigFile, MIB, staged, until } from "../resume/kit.ts";
import { BareHome } from "../server/bare_home.ts";
import { put } from "../server/jailed.ts";
import { RawClient } from "../server/raw_client.ts";
import { assertRan, makeTree } from "../tree/kit.ts";
import { reserve, TempDatabase } from "../users/open_temp.ts";

/** Sends the first bytes of an upload and stops it. */
async function interrupted(client: RawClient, path: string, size: number, stop: Header = {}): Promise<void> {
  const { code, id } = await client.request("put", { path, size, replace: true });
  assertEquals(code, 202);
  await client.sendFrame({ type: "data", id }, someBytes(1_000));
  await client.sendFrame({ type: "stop", id, ...stop });
  assertEquals((await client.receive())!.header.code, 206);
}

const waiting = (server: TestServer) => staged(server, "alice").rows.map(({ path, bytes }) => [path, bytes]);

Deno.test("row 15: a part that can never be finished goes, and its room with it", async () => {
  using temp = new TempDir();
  await using server = await TestServer.start(["--no-tls", "--disk-reserve", "0"]);
  await server.addUsers("20M", "alice");
  using client = await RawClient.login(server, "alice");

  // The client says that its file has changed; a plain stop keeps the part.
  await interrupted(client, "/dropped", 5 * MIB, { drop: true });
  assertEquals(staged(server, "alice"), { rows: [], files: [] });
  await interrupted(client, "/kept", 2_000, { drop: false });
  assertEquals(waiting(server), [["/kept", 2_000]]);

  // Another version of the file is committed in its place, in either way.
  await interrupted(client, "/kept", 3_000);
  assertEquals(waiting(server), [["/kept", 3_000]]);
  assertEquals(await put(client, "/kept", "short"), 201);
  assertEquals(waiting(server), []);
  await interrupted(client, "/stale", 3_000);
  const tree = makeTree(temp.join("tree"), { "stale": "small now" });
  assertRan(await server.ftp(["sync", tree, `alice@${server.address}:/`]), 0);
  assertEquals(staged(server, "alice"), { rows: [], files: [] });

  // And the program says so by itself: its file grows while it is sent.
  const growing = bigFile(temp.join("growing"), 6 * MIB);
  const running = server.ftp(["put", growing, `alice@${server.address}:`, "--limit", "3M"]);
  await until("bytes are there", () => waiting(server).length > 0);
  Deno.writeTextFileSync(growing, "more", { append: true });
  const ran = await running;
  assertEquals(ran.code, 6, ran.stderr);
  assertEquals(staged(server, "alice"), { rows: [], files: [] });
});

Deno.test("row 15: store forgets a part of each path that it puts in place, whatever its size", async () => {
  using bare = new BareHome();
  const at = (path: string) => virtualPath(path);
  for (const path of ["/sub/a", "/sub/b"]) {
    await bare.home.makeFolder(at("/sub"), { parents: true });
    await using upload = await bare.home.upload({
      path: at(path),
      size: 3,
      mtime: 0,
      create: false,
      source: "",
      exec: false,
    });
    await upload.write(new Chunk(new Uint8Array(2)));
  }
  assertEquals(bare.home.parts().map(({ path }) => path), ["/sub/a", "/sub/b"]);
  await using tree = bare.home.storeTree(at("/sub"), { bytes: 3, more: 0 });
  const content = new Uint8Array(3);
  tree.addFile({ name: "a", content, sha256: await sha256Of(content), mtime: undefined, exec: false });
  await tree.flush();
  assertEquals(bare.home.parts().map(({ path }) => path), ["/sub/b"]);
});

Deno.test("row 15: put -r and sync use what a part has reserved, and the refusal names what holds the rest", async () => {
  using temp = new TempDir();
  await using server = await TestServer.start(["--no-tls", "--disk-reserve", "0"]);
  await server.addUsers("10M", "alice");
  using client = await RawClient.login(server, "alice");
  const tree = makeTree(temp.join("tree"), { "small": "1", "stale": "2" });
  bigFile(`${tree}/live`, 8 * MIB);
  const whole = Deno.readFileSync(`${tree}/live`);
  await client.request("mkdir", { path: "/tree" });
  const { id } = await client.request("put", { path: "/tree/live", size: whole.length, source: "x" });
  await client.sendFrame({ type: "data", id }, whole.subarray(0, MIB));
  await client.sendFrame({ type: "stop", id });
  await client.receive();
  await interrupted(client, "/tree/stale", 1_900_000);
  // 8 of 10 MiB are reserved for the tree already, and 1.8 by what nobody will finish.
  const dry = await server.ftp(["sync", "--dry-run", tree, `alice@${server.address}:tree`]);
  assertRan(dry, 0);
  assertEquals(waiting(server).length, 2);
  const ran = await server.ftp(["sync", tree, `alice@${server.address}:tree`, "--json"]);
  assertRan(ran, 0, { files: 3, failed: 0 });
  assertEquals([waiting(server), server.used("alice")], [[], 8 * MIB + 2]);
  assertEquals(Deno.readFileSync(`${server.home("alice")}/tree/live`), whole);

  await interrupted(client, "/unfinished", MIB);
  using other = await RawClient.login(server, "alice");
  const running = await other.request("put", { path: "/running", size: 2_000 });
  assertEquals(running.code, 202);
  bigFile(`${tree}/second`, 2 * MIB);
  const held =
    '; 2.0 KiB held by 1 running upload ("/running") and 1.0 MiB held by 1 unfinished upload ("/unfinished")' +
    ": parts rm ID in the shell drops one, ftp connect HOST -c parts lists them\n";
  const refused = await server.ftp(["sync", tree, `alice@${server.address}:tree`]);
  assertEquals(refused.code, 5);
  assertStringIncludes(
    refused.stderr,
    `ftp: 404 Not enough space for "/tree": 2.0 MiB needed, 1022.0 KiB of 10.0 MiB free${held}`,
  );
  const json = await server.ftp(["put", `${tree}/second`, `alice@${server.address}:`, "--json"]);
  assertStringIncludes(
    json.stderr,
    `ftp: 404 Not enough space for "second": 2.0 MiB needed, 1022.0 KiB of 10.0 MiB free`,
  );
  const { unfinished, running: runs, needed } = JSON.parse(json.stdout);
  assertEquals([unfinished, runs, needed], [MIB, 2_000, 2 * MIB]);
  const stored = await client.request("store", { path: "/", bytes: 10, more: 5 * MIB });
  assertMatch(
    stored.message as string,
    /^Not enough space for "\/": 5\.0 MiB needed, .* free; 2\.0 KiB held by 1 running upload /,
  );
});

Deno.test("row 15: what could not be given back while the database was locked is given back without a restart", async () => {
  await using server = await TestServer.start(["--no-tls", "--disk-reserve", "0"]);
  await server.addUsers("100M", "alice");
  using client = await RawClient.login(server, "alice");
  const { id } = await client.request("put", { path: "/a", size: 1_000_000 });
  await client.sendFrame({ type: "data", id }, someBytes(500_000));
  // The part of the second waits; it is dropped while the lock is there.
  using other = await RawClient.login(server, "alice");
  await interrupted(other, "/b", 2_000_000);
  const part = staged(server, "alice").rows.find(({ path }) => path === "/b")!.id;
  const database = new DatabaseSync(server.root.database);
  database.exec("BEGIN IMMEDIATE");
  await client.sendFrame({ type: "data", id }, someBytes(500_000));
  await client.sendFrame({ type: "end", id, size: 1_000_000, sha256: "0".repeat(64) });
  assertEquals((await client.receive())!.header.code, 409);
  assertEquals((await other.request("drop", { part })).code, 201);
  assertEquals((await other.request("drop", { part })).code, 402);
  assertEquals(staged(server, "alice").files, []);
  database.exec("ROLLBACK");
  database.close();
  await until("all of it is given back", () => staged(server, "alice").rows.length === 0);
  const { used, reserved } = await client.request("quota");
  assertEquals([used, reserved], [0, 0]);
});

Deno.test("row 15: QuotaLedger gives back later what it cannot give back now, and does not wait for a lock", () => {
  using temp = new TempDatabase();
  const ledger = new QuotaLedger(temp.database);
  const id = temp.add("alice", 100);
  const reservation = reserve(ledger, id, 60);
  const other = new DatabaseSync(temp.file);
  other.exec("BEGIN IMMEDIATE");
  reservation.release();
  assert(ledger.isBehind && ledger.isOwed(reservation.id));
  let failure: unknown;
  try {
    ledger.catchUpAtOnce();
  } catch (error) {
    failure = error;
  }
  assertEquals((failure as { code?: number }).code, 503);
  other.exec("ROLLBACK");
  other.close();
  reserve(ledger, id, 100);
  assertEquals([ledger.isBehind, ledger.isOwed(reservation.id), ledger.usage(id).reserved], [false, false, 100]);
});
