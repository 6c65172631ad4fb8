import { assert, assertEquals } from "@std/assert";
import { newNonce } from "../../protocol/login/scram_keys.ts";
import { HEADER_LIMIT_BEFORE_LOGIN_BYTES, HEADER_LIMIT_BYTES } from "../../protocol/limits.ts";
import { TestServer } from "../test_server.ts";
import { memoryOf } from "./flood.ts";
import { RawClient, rawFrame } from "./raw_client.ts";
import { SourceRelay } from "./relay.ts";

const encoder = new TextEncoder();
let lastSource = 1;

/** Each attack has a source of its own: its penalty must not hide what the next one does. */
function attackFrom(server: TestServer): Promise<SourceRelay> {
  return SourceRelay.start(server.port, `127.0.0.${++lastSource}`);
}

/** After an attack the others are served as before. */
async function assertServes(server: TestServer): Promise<void> {
  using client = await RawClient.login(server, "alice");
  assertEquals((await client.request("ping")).code, 201);
}

/** Text padded with blanks, which JSON allows between its parts. */
function padded(header: object, length: number): Uint8Array {
  const text = JSON.stringify(header);
  return rawFrame(text.slice(0, -1) + " ".repeat(length - text.length) + "}");
}

const bytes = (...values: number[]) => new Uint8Array(values);
const ping = '"type":"request","id":9,"command":"ping"';

/** What ends a session, before as after a login, and the code that says why. */
const MALFORMED: readonly [what: string, frame: Uint8Array, code: number][] = [
  ["a header length of 2^32 - 1", bytes(0xff, 0xff, 0xff, 0xff), 413],
  ["a header length of 0", bytes(0, 0, 0, 0), 401],
  ["an empty object", rawFrame("{}"), 401],
  ["a list", rawFrame("[]"), 401],
  [
    "a header that is not UTF-8",
    rawFrame(new Uint8Array([...encoder.encode('{"type":"'), 0xc0, 0xae, 0x22, 0x7d])),
    401,
  ],
  ["a lone surrogate", rawFrame(`{${ping},"x":"\\ud800"}`), 401],
  ["a byte order mark", rawFrame(`\ufeff{${ping}}`), 401],
  ["a backslash at the end", rawFrame('{"type":"request\\'), 401],
  ["an open string", rawFrame('{"type":"request'), 401],
  ["2,000 brackets", rawFrame(`{${ping},"x":${"[".repeat(2_000)}${"]".repeat(2_000)}}`), 401],
  ["a negative body length", rawFrame(`{${ping},"body":-1}`), 401],
  ["a body length of -0", rawFrame(`{${ping},"body":-0}`), 401],
  ["a body length with a fraction", rawFrame(`{${ping},"body":1.5}`), 401],
  ["an endless body length", rawFrame(`{${ping},"body":1e400}`), 401],
  ["a body length over 2^53", rawFrame(`{${ping},"body":9007199254740993}`), 401],
  ["a body length in a string", rawFrame(`{${ping},"body":"10"}`), 401],
  ["a body length of null", rawFrame(`{${ping},"body":null}`), 401],
  ["a body over the limit", rawFrame(`{${ping},"body":1048577}`), 413],
];

Deno.test("session refuses and ends when a frame is malformed before login", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  for (const [what, frame, code] of MALFORMED) {
    await using relay = await attackFrom(server);
    using client = await RawClient.connect(server, { port: relay.port });
    await client.send(frame);
    assertEquals(await client.codesUntilEnd(), [code], what);
  }
  await assertServes(server);
});

Deno.test("session refuses and ends when a frame is malformed after login", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  for (const [what, frame, code] of MALFORMED) {
    await using relay = await attackFrom(server);
    using client = await RawClient.login(server, "alice", { port: relay.port });
    await client.send(frame);
    assertEquals(await client.codesUntilEnd(), [code], what);
  }
  await assertServes(server);
});

Deno.test("session allocates nothing for a length when it is over the limit", async () => {
  await using server = await TestServer.start([], undefined, { process: true });
  await server.addUsers("1M", "alice");
  await assertServes(server);
  const before = memoryOf(server);
  for (let i = 0; i < 20; i++) {
    await using relay = await attackFrom(server);
    using client = await RawClient.connect(server, { port: relay.port });
    await client.send(bytes(0xff, 0xff, 0xff, 0xff));
    await client.codesUntilEnd();
  }
  // Twenty lengths of 4 GiB each: anything that was allocated for one of them shows.
  assert(memoryOf(server) - before < 64 * 1024 ** 2, `grew by ${memoryOf(server) - before} bytes`);
  await assertServes(server);
});

Deno.test("session takes a header of the limit and refuses one more when logged in and before", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const hello = { type: "hello", version: 1, nonce: newNonce(), agent: "raw" };
  for (const [over, expected] of [[-1, "hello"], [0, "hello"], [1, "reply"]] as const) {
    await using relay = await attackFrom(server);
    using client = await RawClient.connect(server, { port: relay.port });
    await client.send(padded(hello, HEADER_LIMIT_BEFORE_LOGIN_BYTES + over));
    const { type, code } = (await client.receive())!.header;
    assertEquals([type, code], [expected, expected === "reply" ? 413 : undefined]);
    if (over > 0) assertEquals(await client.receive(), undefined);
  }
  await using relay = await attackFrom(server);
  using client = await RawClient.login(server, "alice", { port: relay.port });
  for (const [over, expected] of [[-1, 201], [0, 201], [1, 413]] as const) {
    const request = { type: "request", id: client.nextId(), command: "ping" };
    await client.send(padded(request, HEADER_LIMIT_BYTES + over));
    assertEquals((await client.receive())?.header.code, expected);
  }
  assertEquals(await client.receive(), undefined);
  await assertServes(server);
});

Deno.test("session ends when a megabyte comes without any frame", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  for (const byte of [0x41, 0x0a, 0x00]) {
    await using relay = await attackFrom(server);
    using client = await RawClient.connect(server, { port: relay.port });
    // The server may be gone before all of it is sent.
    await client.send(new Uint8Array(1_048_576).fill(byte)).catch(() => {});
    await client.codesUntilEnd();
  }
  await assertServes(server);
});

Deno.test("server logs few lines and goes on when a million empty frames come", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  {
    await using relay = await attackFrom(server);
    using client = await RawClient.login(server, "alice", { port: relay.port });
    await client.send(new Uint8Array(4_000_000)).catch(() => {});
    await client.codesUntilEnd();
  }
  await assertServes(server);
  const { log } = await server.stop();
  assert(log.split("\n").length < 20, log);
});

Deno.test("put() refuses a size when it is not a whole number and the session goes on", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  using client = await RawClient.login(server, "alice");
  for (const size of ["-1", "1.5", "1e400", "9007199254740993", '"10"', "null", "-0", "true", "[]", "{}", undefined]) {
    const field = size === undefined ? "" : `,"size":${size}`;
    await client.send(rawFrame(`{"type":"request","id":${client.nextId()},"command":"put","path":"/a"${field}}`));
    assertEquals((await client.receive())?.header.code, 401, `size ${size}`);
  }
  const { used, reserved } = await client.request("quota");
  assertEquals([used, reserved], [0, 0]);
  assertEquals([...Deno.readDirSync(server.home("alice"))], []);
});

Deno.test("dispatch() refuses a field or command when its name is one of every object's", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  using client = await RawClient.login(server, "alice");
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    const request = (command: string, more = "") =>
      client.send(rawFrame(`{"type":"request","id":${client.nextId()},"command":"${command}"${more}}`));
    await request("ping", `,"${name}":{"admin":true}`);
    assertEquals((await client.receive())?.header.code, 401, `field ${name}`);
    await request(name);
    assertEquals((await client.receive())?.header.code, 401, `command ${name}`);
  }
  assertEquals((await client.request("ping")).code, 201);
});

Deno.test("dispatch() refuses a request when it has thousands of fields, a huge text or knobs of its own", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  using client = await RawClient.login(server, "alice");
  const many = Object.fromEntries(Array.from({ length: 6_000 }, (_, i) => [`k${i}`, 1]));
  assertEquals((await client.request("ping", many)).code, 401);
  assertEquals((await client.request("stat", { path: "a".repeat(60_000) })).code, 411);
  for (const chunk of [0, 1, 2 ** 31]) {
    assertEquals((await client.request("get", { path: "/a", chunk })).code, 401);
    assertEquals((await client.request("put", { path: "/a", size: 1, parallel: chunk })).code, 401);
  }
  assertEquals((await client.request("ping")).code, 201);
});
