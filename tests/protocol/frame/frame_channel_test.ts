import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Frame, fullLimits } from "../../../protocol/frame/frame.ts";
import { FrameChannel } from "../../../protocol/frame/frame_channel.ts";
import { StatusError } from "../../../protocol/status.ts";
import { bytesOf, wireFrame } from "../bytes.ts";
import { MemoryConnection } from "./memory_connection.ts";
import { splitsOf } from "../splits.ts";

const EMPTY = new Uint8Array(0);

async function receiveAll(channel: FrameChannel): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (let frame = await channel.receive(); frame; frame = await channel.receive()) frames.push(frame);
  return frames;
}

Deno.test("FrameChannel.receive() gives the frames and then undefined, however the bytes arrive", {
  permissions: "none",
}, async () => {
  const wire = bytesOf(wireFrame('{"id":1,"body":5}', "hello"), wireFrame('{"id":2}'));
  for (const { name, chunks } of splitsOf(wire)) {
    const channel = new FrameChannel(new MemoryConnection(chunks), fullLimits());
    const expected = [{ header: { id: 1 }, body: bytesOf("hello") }, { header: { id: 2 }, body: EMPTY }];
    assertEquals(await receiveAll(channel), expected, name);
    assertEquals(channel.received, wire.length, name);
  }
});

Deno.test("FrameChannel.receive() fails when the connection ends inside a frame", { permissions: "none" }, async () => {
  const wire = wireFrame('{"body":5}', "hell");
  const channel = new FrameChannel(new MemoryConnection([wire]), fullLimits());
  assertEquals((await assertRejects(() => channel.receive(), StatusError, "inside a frame")).code, 503);
});

Deno.test("FrameChannel takes no memory for a length when the length is refused", { permissions: "none" }, async () => {
  for (const wire of [bytesOf([0xff, 0xff, 0xff, 0xff]), wireFrame('{"body":4294967295}')]) {
    const connection = new MemoryConnection([wire, new Uint8Array(100)]);
    const channel = new FrameChannel(connection, fullLimits());
    assertEquals((await assertRejects(() => channel.receive(), StatusError)).code, 413);
    assert(Math.max(...connection.readRooms) <= 65_536, `${connection.readRooms}`);
  }
});

Deno.test("FrameChannel.receive() obeys limits that are raised after a frame", { permissions: "none" }, async () => {
  const big = wireFrame(`{"a":"${"x".repeat(5000)}"}`);
  const small = { headerBytes: 4_096, bodyBytes: 0 };
  const strict = new FrameChannel(new MemoryConnection([big]), { ...small });
  assertEquals((await assertRejects(() => strict.receive(), StatusError, "limit of 4096")).code, 413);

  const channel = new FrameChannel(new MemoryConnection([wireFrame("{}"), big]), { ...small });
  await channel.receive();
  Object.assign(channel.limits, fullLimits());
  assertEquals(((await channel.receive())!.header.a as string).length, 5000);
});

Deno.test("FrameChannel.send() writes frames in order and finish() waits for the last byte", {
  permissions: "none",
}, async () => {
  const connection = new MemoryConnection();
  connection.mostPerWrite = 7;
  const channel = new FrameChannel(connection, fullLimits());
  await channel.send({ header: { id: 1 }, body: bytesOf("abc") });
  await channel.send({ header: { id: 2 }, body: EMPTY });
  await channel.finish();
  const wire = bytesOf(wireFrame('{"id":1,"body":3}', "abc"), wireFrame('{"id":2}'));
  assertEquals(connection.sent, wire);
  assertEquals(channel.sent, wire.length);
});

Deno.test("FrameChannel.send() or finish() fails when the connection broke", { permissions: "none" }, async () => {
  const connection = new MemoryConnection();
  connection.failAtWrite = 1;
  const channel = new FrameChannel(connection, fullLimits());
  const send = async () => {
    await channel.send({ header: {}, body: EMPTY });
    await channel.finish();
  };
  await assertRejects(send, Deno.errors.BrokenPipe, "gone");
  // And it stays so: nothing is dropped silently.
  await assertRejects(() => channel.send({ header: {}, body: EMPTY }), Error);
});

Deno.test("FrameChannel.finish() fails when the connection broke before", {
  permissions: "none",
}, async () => {
  const connection = new MemoryConnection();
  connection.failAtWrite = 1;
  const channel = new FrameChannel(connection, fullLimits());
  await channel.send({ header: {}, body: EMPTY });
  // The failure has gone all the way through before the end is asked for.
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  await assertRejects(() => channel.finish(), Error);
});

Deno.test("FrameChannel.send() says why when a frame is too large", { permissions: "none" }, async () => {
  const channel = new FrameChannel(new MemoryConnection(), fullLimits());
  const send = () => channel.send({ header: {}, body: new Uint8Array(1_048_577) });
  assertEquals((await assertRejects(send, StatusError, "1048577 bytes is too large")).code, 413);
});

/** A body that shows which one it is and whether it is whole. */
const LARGE = 100_000;

Deno.test("FrameChannel.send() has taken the body of the frame before when it resolves", {
  permissions: "none",
}, async () => {
  const connection = new MemoryConnection();
  connection.mostPerWrite = 30_000;
  const channel = new FrameChannel(connection, fullLimits());
  const [one, other] = [new Uint8Array(LARGE), new Uint8Array(LARGE)];
  for (let id = 1; id <= 20; id++) await channel.send({ header: { id }, body: (id % 2 ? one : other).fill(id) });
  await channel.finish();
  const frames = await receiveAll(new FrameChannel(new MemoryConnection([connection.sent]), fullLimits()));
  assertEquals(frames.length, 20);
  for (const { header, body } of frames) assert(body.every((byte) => byte === header.id), `${header.id}`);
});

Deno.test("FrameChannel uses the buffer of a body again when it was given back, and only then", {
  permissions: "none",
}, async () => {
  const bodies = [1, 2, 3, 4].map((fill) => new Uint8Array(LARGE).fill(fill));
  const wire = bytesOf(...bodies.map((body) => bytesOf(wireFrame(`{"body":${LARGE}}`), body)));
  for (
    const { name, chunks } of [{ name: "whole", chunks: [wire] }, { name: "records", chunks: pieces(wire, 16_384) }]
  ) {
    const channel = new FrameChannel(new MemoryConnection(chunks), fullLimits());
    const first = (await channel.receive())!.body;
    const second = (await channel.receive())!.body;
    assertEquals([first, second], bodies.slice(0, 2), name);
    channel.release(first);
    const third = (await channel.receive())!.body;
    const fourth = (await channel.receive())!.body;
    assert(third.buffer === first.buffer, name);
    // The one that was kept is as it was.
    assertEquals([second, third, fourth], bodies.slice(1), name);
  }
});

function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.slice(at * size, (at + 1) * size));
}

Deno.test("row 24: FrameChannel.send() holds back a frame that announces more until that comes", {
  permissions: "none",
}, async () => {
  const connection = new MemoryConnection();
  const channel = new FrameChannel(connection, fullLimits());
  const later = () => new Promise((resolve) => setTimeout(resolve));
  await channel.send({ header: { id: 1 }, body: EMPTY }, { more: true });
  await later();
  await channel.send({ header: { id: 2 }, body: new Uint8Array(262_144) }, { more: true });
  await later();
  assertEquals(connection.writes.length, 0);
  await channel.send({ header: { id: 3 }, body: EMPTY });
  await later();
  assertEquals(connection.writes.length, 1);
  await channel.send({ header: { id: 4 }, body: EMPTY });
  await channel.finish();
  assertEquals(connection.writes.length, 2);
  const frames = await receiveAll(new FrameChannel(new MemoryConnection([connection.sent]), fullLimits()));
  assertEquals(frames.map(({ header }) => header.id), [1, 2, 3, 4]);
});

Deno.test("row 24: FrameChannel holds back only so much, and nothing at its end", { permissions: "none" }, async () => {
  const connection = new MemoryConnection();
  const channel = new FrameChannel(connection, fullLimits());
  for (let id = 0; id < 8; id++) await channel.send({ header: { id }, body: new Uint8Array(65_536) }, { more: true });
  assert(connection.sent.length > 262_144, `${connection.sent.length}`);
  await channel.finish();
  const frames = await receiveAll(new FrameChannel(new MemoryConnection([connection.sent]), fullLimits()));
  assertEquals(frames.map(({ header }) => header.id), Array.from({ length: 8 }, (_, id) => id));
});

Deno.test("row 24: FrameChannel.onShort() is called while the last data and its end are waited for, not before", {
  permissions: "none",
}, async () => {
  const data = (last: boolean, length: number) =>
    bytesOf(wireFrame(`{"last":${last},"body":${length}}`), new Uint8Array(length));
  const calls = async (wire: Uint8Array) => {
    const channel = new FrameChannel(new MemoryConnection(pieces(wire, 16_384)), fullLimits());
    let count = 0;
    channel.onShort = () => count++;
    await receiveAll(channel);
    return count;
  };
  const end = wireFrame("{}");
  assertEquals(await calls(bytesOf(data(false, 100_000), end)), 0);
  assertEquals(await calls(bytesOf(data(true, 10), end)), 0);
  assert(await calls(bytesOf(data(true, 100_000), end)) > 0);
  // Of a large frame, its end alone.
  assert(await calls(bytesOf(data(true, 300_000), end)) <= 9);
  // The data are there to the last byte, and the end is not.
  assertEquals(await calls(bytesOf(data(true, 16_384 - 31), end)), 1);
});
