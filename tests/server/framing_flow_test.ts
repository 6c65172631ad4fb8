import { assert, assertEquals } from "@std/assert";
import { encodeFrame } from "../../protocol/frame/frame.ts";
import { message } from "../../protocol/message/messages.ts";
import { sha256Of, someBytes } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { flood, memoryOf, pings } from "./flood.ts";
import { RawClient } from "./raw_client.ts";

Deno.test("session stops reading and is over as stalled when a million pings come and no answer is read", async () => {
  await using server = await TestServer.start(["--stall-timeout", "2"], undefined, { process: true });
  await server.addUsers("1M", "alice");
  using other = await RawClient.login(server, "alice");
  const client = await RawClient.login(server, "alice");
  const before = memoryOf(server);
  const flooding = flood(client);
  // Each answer shows that others are served; the last one, that the server has given the flooding session up.
  for (let sessions = 2; sessions > 1;) {
    const status = await other.request("status");
    assertEquals(status.code, 201);
    sessions = status.sessions as number;
  }
  assert(flooding.sent < 1_000_000, "all were taken");
  assert(memoryOf(server) - before < 100 * 1024 ** 2, `grew by ${memoryOf(server) - before} bytes`);
  client.connection.close();
  await flooding.over;
});

Deno.test("session answers all in order when 10,000 requests come before one reply is read", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  using client = await RawClient.login(server, "alice");
  const first = client.nextId() + 1;
  const sending = client.send(pings(client, 10_000));
  for (let id = first; id < first + 10_000; id++) {
    const { header } = (await client.receive())!;
    assertEquals([header.id, header.code], [id, 201]);
  }
  await sending;
});

Deno.test("put() commits nothing when more bytes follow than the body was announced with", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  using client = await RawClient.login(server, "alice");
  assertEquals((await client.request("put", { path: "/a", size: 5 })).code, 202);
  const id = client.nextId() - 1;
  await client.sendFrame({ type: "data", id }, new Uint8Array(5));
  await client.send(new TextEncoder().encode("XXXX"));
  assertEquals((await client.codesUntilEnd()).includes(201), false);
  assertEquals([...Deno.readDirSync(server.home("alice"))], []);
  assertEquals(server.used("alice"), 0);
});

Deno.test("put() commits nothing when the connection ends inside a body", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  using client = await RawClient.login(server, "alice");
  const id = client.nextId();
  await client.sendFrame({ type: "request", id, command: "put", path: "/a", size: 5 });
  assertEquals((await client.receive())!.header.code, 202);
  const whole = encodeFrame({ header: { type: "data", id }, body: new Uint8Array(5) });
  await client.send(whole[0]!);
  await client.send(whole[1]!.subarray(0, 4));
  await client.connection.closeWrite();
  assertEquals((await client.codesUntilEnd()).includes(201), false);
  assertEquals([...Deno.readDirSync(server.home("alice"))], []);
  assertEquals(server.used("alice"), 0);
});

Deno.test("put() commits nothing and the session goes on when fewer, more or other bytes come than announced", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  using client = await RawClient.login(server, "alice");
  const content = someBytes(5);
  const end = { size: 5, sha256: await sha256Of(content) };
  const sent: [body: Uint8Array, size: number, sha256: string][] = [
    [content.subarray(0, 4), 5, end.sha256],
    [content.subarray(0, 4), 4, await sha256Of(content.subarray(0, 4))],
    [new Uint8Array([...content, 1]), 5, end.sha256],
    [someBytes(5, 2), 5, end.sha256],
    [new Uint8Array(0), 5, end.sha256],
  ];
  for (const [body, size, sha256] of sent) {
    const id = client.nextId();
    await client.sendFrame({ type: "request", id, command: "put", path: "/a", size: 5 });
    assertEquals((await client.receive())!.header.code, 202);
    await client.sendFrame({ type: "data", id }, body);
    await client.sendFrame({ type: "end", id, size, sha256 });
    const { header } = (await client.receive())!;
    assertEquals([header.id, header.code], [id, 409]);
  }
  assertEquals([...Deno.readDirSync(server.home("alice"))], []);
  const { used, reserved } = await client.request("quota");
  assertEquals([used, reserved], [0, 0]);
});

Deno.test("session ends and frees its slot when the login is never finished though bytes keep coming", async () => {
  await using server = await TestServer.start(["--login-timeout", "1", "--max-sessions", "1"]);
  await server.addUsers("1M", "alice");
  {
    using slow = await RawClient.connect(server);
    const over = slow.codesUntilEnd();
    let isOver = false;
    void over.then(() => isOver = true);
    const header = encodeFrame(message({ type: "hello", version: 1, nonce: "", agent: "a".repeat(1_000) }))[0]!;
    for (const byte of header) {
      if (isOver) break;
      // The pace is the attack: each byte comes long before any pause could be noticed.
      await slow.send(new Uint8Array([byte])).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await over;
  }
  using client = await RawClient.login(server, "alice");
  assertEquals((await client.request("ping")).code, 201);
});

Deno.test("session ends and frees its slot when a client greets and then says nothing", async () => {
  await using server = await TestServer.start(["--login-timeout", "1", "--max-sessions", "1"]);
  await server.addUsers("1M", "alice");
  {
    using silent = await RawClient.connect(server);
    assertEquals((await silent.hello()).type, "hello");
    assertEquals(await silent.receive(), undefined);
  }
  using client = await RawClient.login(server, "alice");
  assertEquals((await client.request("ping")).code, 201);
});
