import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { REQUEST_QUEUE_LIMIT } from "../../protocol/limits.ts";
import { PATIENCE_MS } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { pings } from "../server/flood.ts";
import { RawClient } from "../server/raw_client.ts";

/** Less than the idle and the stall time, which end such a session at last in any case. */
const SOON_MS = 20_000;
const CROWDED = `Too many requests in the middle of a transfer: ${REQUEST_QUEUE_LIMIT} may wait`;

/** Waits until a user has but so many sessions. */
async function until(other: RawClient, sessions: number): Promise<void> {
  const end = performance.now() + SOON_MS;
  for (let open = Infinity; open > sessions;) {
    assert(performance.now() < end, `${open} sessions are still open`);
    open = (await other.request("status")).sessions as number;
  }
}

/** A `put` that waits for its data. */
async function startPut(client: RawClient, path: string): Promise<void> {
  assertEquals((await client.request("put", { path, size: 10 })).code, 202);
}

/** Every shape on one server: its sessions are told apart by their user. */
async function withServer(user: string, run: (server: TestServer, other: RawClient) => Promise<void>): Promise<void> {
  await using server = await TestServer.start(["--max-sessions-per-ip", "100"]);
  await server.addUsers("10M", user);
  Deno.truncateSync(createSparse(join(server.home(user), "huge")), 1024 ** 4);
  using other = await RawClient.login(server, user);
  await run(server, other);
}

function createSparse(path: string): string {
  Deno.createSync(path).close();
  return path;
}

Deno.test("row 19: a session ends when more requests come than may wait and its transfer waits for the client", async () => {
  await withServer("alice", async (server, other) => {
    // The requests are there before or after the transfer begins to wait: both are the same.
    for (const before of [0, 3 * REQUEST_QUEUE_LIMIT]) {
      using client = await RawClient.login(server, "alice");
      await client.send(pings(client, before));
      const id = client.nextId();
      await client.sendFrame({ type: "request", id, command: "put", path: `/a${before}`, size: 10 });
      await client.send(pings(client, 3 * REQUEST_QUEUE_LIMIT));
      const answers: unknown[] = [];
      for (let frame = await client.receive(); frame; frame = await client.receive()) {
        const { type, id, code, message } = frame.header;
        answers.push(type === "reply" && id === undefined ? [code, message] : code);
      }
      assertEquals(answers.slice(0, before + 1), [...Array(before).fill(201), 202]);
      assertEquals(answers.at(-1), [401, CROWDED]);
    }
    await until(other, 1);
    // It was no attack: nobody has to wait for it.
    using again = await RawClient.login(server, "alice");
    await startPut(again, "/b");
    // As many as may wait are no trouble.
    await again.send(pings(again, REQUEST_QUEUE_LIMIT));
    const id = again.nextId() - REQUEST_QUEUE_LIMIT - 1;
    await again.sendFrame({ type: "stop", id });
    for (let at = 0; at <= REQUEST_QUEUE_LIMIT; at++) {
      assertEquals((await again.receive())!.header.code, at === 0 ? 206 : 201);
    }
  });
});

Deno.test("row 19: sessions end when clients have left with a full queue behind whatever they do", async () => {
  await withServer("alice", async (server, other) => {
    const shapes: ((client: RawClient) => Promise<void>)[] = [
      (client) => startPut(client, "/p"),
      async (client) => {
        // The digest of that takes long, and nothing is sent meanwhile.
        const id = client.nextId();
        await client.sendFrame({ type: "request", id, command: "hash", path: "/huge" });
      },
      async (client) => assertEquals((await client.request("get", { path: "/huge" })).code, 201),
    ];
    for (const how of ["closed", "half-closed and then closed"]) {
      const clients = await Promise.all(
        Array.from({ length: 6 }, () => RawClient.login(server, "alice")),
      );
      for (const [at, client] of clients.entries()) {
        await shapes[at % shapes.length]!(client);
        await client.send(pings(client, 5 * REQUEST_QUEUE_LIMIT));
        if (how !== "closed") await client.connection.closeWrite();
        client.connection.close();
      }
      await until(other, 1);
    }
  });
});

Deno.test("row 19: what runs long stops when it is stopped, and when its client has left", async () => {
  await withServer("alice", async (server, other) => {
    const client = await RawClient.login(server, "alice");
    for (const [command, fields] of [["hash", { path: "/huge" }], ["tree", { path: "/", checksum: true }]] as const) {
      const id = client.nextId();
      await client.sendFrame({ type: "request", id, command, ...fields });
      await client.sendFrame({ type: "stop", id });
      const late = AbortSignal.timeout(PATIENCE_MS);
      const { header } = (await client.receive())!;
      assertEquals([header.id, header.code], [id, 206]);
      assertEquals(late.aborted, false);
    }
    await client.sendFrame({ type: "request", id: client.nextId(), command: "hash", path: "/huge" });
    client.connection.close();
    await until(other, 1);
  });
});

Deno.test("row 19: a server that is told to stop ends although something runs long whose client has left", async () => {
  await using server = await TestServer.start(["--no-tls", "--drain-timeout", "1"]);
  await server.addUsers("1M", "alice");
  Deno.truncateSync(createSparse(join(server.home("alice"), "huge")), 1024 ** 4);
  using other = await RawClient.login(server, "alice");
  const client = await RawClient.login(server, "alice");
  await client.sendFrame({ type: "request", id: client.nextId(), command: "hash", path: "/huge" });
  assertEquals((await other.request("status")).sessions, 2);
  client.connection.close();
  const late = AbortSignal.timeout(PATIENCE_MS);
  const stopped = await Promise.race([server.stop(), new Promise((resolve) => late.onabort = resolve)]);
  assertEquals((stopped as { code: number } | undefined)?.code, 0, "it ends by itself");
});
