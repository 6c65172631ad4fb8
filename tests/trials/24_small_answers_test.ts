import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { SourceNames } from "../../client/transfer/source_names.ts";
import { TempFiles } from "../../client/transfer/temp_files.ts";
import { RateLimit } from "../../client/transfer/rate_limit.ts";
import { Remote } from "../../client/connection/remote.ts";
import { upload } from "../../client/transfer/upload.ts";
import { fullLimits } from "../../protocol/frame/frame.ts";
import { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import { RecordPacker } from "../../protocol/message/record.ts";
import { TOP, virtualPath } from "../../protocol/virtual_path.ts";
import { Log } from "../../server/log/log.ts";
import { PeerClock } from "../../server/sessions/peer_clock.ts";
import { COMMAND_TABLE } from "../../server/native/commands/command_table.ts";
import { Dispatcher } from "../../server/native/dispatch.ts";
import { RequestLoop } from "../../server/native/request_loop.ts";
import { BareHome } from "../server/bare_home.ts";
import { RawClient } from "../server/raw_client.ts";
import { ScriptedConnection } from "../protocol/frame/scripted_connection.ts";
import { someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";

/** A logged-in session of a server, on a connection that the test holds the other end of. */
function serving(bare: BareHome): ScriptedConnection & AsyncDisposable {
  const connection = new ScriptedConnection();
  const channel = new FrameChannel(connection, fullLimits());
  const times = { loginMs: 1e6, idleMs: 1e6, stallMs: 1e6 };
  const clock = new PeerClock(times, { now: () => 0, received: () => 0, sent: () => 0 });
  const log = new Log({ format: "text", level: "error", write: () => {} });
  const facts = { user: "alice", session: "s", address: "a", since: 0, sessions: () => 1, allSessions: () => 1 };
  const session = { clock, permit: () => {}, rested: () => {} };
  const dispatcher = new Dispatcher(COMMAND_TABLE, { session, facts, home: bare.home, log });
  const loop = new RequestLoop(channel, { session, dispatcher, lastId: 0 });
  const running = loop.run();
  return Object.assign(connection, {
    async [Symbol.asyncDispose]() {
      connection.close();
      await running;
    },
  });
}

Deno.test("row 24: what belongs together leaves the server in one write", async (t) => {
  using bare = new BareHome();
  for (const size of [0, 1, 4_096, 65_536, 262_144]) await bare.put(`/${size}`, size);
  for (const size of [0, 1, 4_096, 65_536, 262_144]) {
    await t.step(`get of ${size} bytes`, async () => {
      await using it = serving(bare);
      it.say({ type: "request", id: 1, command: "get", path: `/${size}` });
      const { header: { sha256 } } = await it.heard("end");
      assertEquals(it.types, [size === 0 ? ["accept", "end"] : ["accept", "data", "end"]]);
      it.say({ type: "end", id: 1, size, sha256 });
      assertEquals((await it.heard("reply")).header.code, 201);
      assertEquals(it.writes.length, 2);
    });
  }
  await t.step("fetch", async () => {
    await using it = serving(bare);
    const names = new TextEncoder().encode("1\n4096\nmissing\n");
    it.say({ type: "request", id: 1, command: "fetch", path: "/" }, names);
    await it.heard("end");
    assertEquals(it.types, [["data", "end"]]);
  });
  for (const command of ["ls", "tree"]) {
    await t.step(command, async () => {
      await using it = serving(bare);
      it.say({ type: "request", id: 1, command, path: "/" });
      assertEquals((await it.heard("reply")).header.entries, 5);
      assertEquals(it.types, [["data", "reply"]]);
    });
  }
  await t.step("the end of a large file", async () => {
    await using it = serving(bare);
    const size = 2_000_000;
    await bare.put("/large", size);
    it.say({ type: "request", id: 1, command: "get", path: "/large" });
    await it.heard("end");
    assertEquals(it.types.at(-1)!.slice(-2), ["data", "end"]);
    const last = it.writes.flat().filter(({ header }) => header.type === "data").map(({ header }) => header.last);
    assertEquals(last.indexOf(true), last.length - 1);
  });
  await t.step("store with a failure", async () => {
    await using it = serving(bare);
    it.say({ type: "request", id: 1, command: "store", path: "/", bytes: 0, more: 0 });
    await it.heard("accept");
    const packer = new RecordPacker();
    packer.add({ name: "none/folder", entry: "folder" }, new Uint8Array(0));
    it.say({ type: "data", id: 1 }, packer.take());
    it.say({ type: "end", id: 1, size: 0, sha256: createHash("sha256").digest("hex") });
    await it.heard("reply");
    assertEquals(it.types, [["accept"], ["data", "reply"]]);
  });
});

Deno.test("row 24: a failure after the go-ahead takes along what was held back", async () => {
  using bare = new BareHome();
  await bare.put("/file", 4_096);
  const { read } = Deno.FsFile.prototype;
  using _stub = {
    [Symbol.dispose]: () => {
      Deno.FsFile.prototype.read = read;
    },
  };
  Deno.FsFile.prototype.read = () => Promise.reject(Object.assign(new Error("i/o"), { code: "EIO" }));
  await using it = serving(bare);
  it.say({ type: "request", id: 1, command: "get", path: "/file" });
  assert(Number((await it.heard("reply")).header.code) >= 500);
  assertEquals(it.types, [["accept", "reply"]]);
});

Deno.test("row 24: content and end of a small put leave the client in one write", async () => {
  using temp = new TempDir();
  for (const [size, limit] of [[1, undefined], [262_144, undefined], [1, 1e9]] as const) {
    const connection = new ScriptedConnection();
    const channel = new FrameChannel(connection, fullLimits());
    const remote = new Remote({ channel, connection, server: "s:1", firstId: 1 });
    const watcher = { begin: () => {}, advance: () => {}, label: () => {}, notice: () => {}, file: () => never() };
    const temps = new TempFiles(undefined);
    const sources = new SourceNames(undefined);
    const stopping = new AbortController().signal;
    const tools = { remote, user: "alice", watcher, limit: new RateLimit(limit), temps, sources, stopping };
    const source = temp.file("file", someBytes(size));
    const plan = { source, path: virtualPath("file", TOP), create: false };
    const sending = upload(plan, tools, { again: false });
    const { header: { id } } = await connection.heard("request");
    connection.say({ type: "accept", id, code: 202, offset: 0 });
    const { header: { sha256 } } = await connection.heard("end");
    // A limit may keep the end waiting: then the content does not wait for it.
    const types = limit === undefined ? [["request"], ["data", "end"]] : [["request"], ["data"], ["end"]];
    assertEquals(connection.types, types);
    connection.say({ type: "reply", id, code: 201, size, sha256 });
    assertEquals((await sending).code, 201);
    await remote.close();
  }
});

function never(): never {
  throw new Error("not expected");
}

Deno.test("row 24: a client that waits for the last data says so, and a server takes no harm from it", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const content = someBytes(65_536);
  Deno.writeFileSync(join(server.home("alice"), "file"), content);
  using client = await RawClient.login(server, "alice");
  const id = client.nextId();
  await client.sendFrame({ type: "request", id, command: "get", path: "/file" });
  const types: unknown[] = [];
  for (let frame = await client.receive(); frame; frame = await client.receive()) {
    types.push(frame.header.type);
    await client.sendFrame({ type: "reading" });
    if (frame.header.type === "end") await client.sendFrame(frame.header);
    if (frame.header.type === "reply") break;
  }
  assertEquals(types, ["accept", "data", "end", "reply"]);
  assertEquals((await client.request("ping")).code, 201);
});
