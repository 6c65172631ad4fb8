import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { ByteSink, byteSource } from "../../../protocol/frame/byte_stream.ts";
import { ByteMeter } from "../../../protocol/frame/meter.ts";
import { bytesOf } from "../bytes.ts";
import { MemoryConnection } from "./memory_connection.ts";
import { splitsOf } from "../splits.ts";

const BYTES = Uint8Array.from({ length: 1000 }, (_, at) => at * 31);

Deno.test("byteSource() gives all bytes and then ends, whatever the reads gave", { permissions: "none" }, async () => {
  for (const { name, chunks } of splitsOf(BYTES)) {
    const source = byteSource(new MemoryConnection(chunks), { missing: 4 });
    assertEquals(bytesOf(...await Array.fromAsync(source)), BYTES, name);
  }
});

Deno.test("byteSource() leaves views as they were when more is read", { permissions: "none" }, async () => {
  const chunks = Array.from({ length: 300 }, (_, at) => new Uint8Array(1000).fill(at));
  const views = await Array.fromAsync(byteSource(new MemoryConnection(chunks), { missing: 4 }));
  // All of it is kept to the end: a buffer that is used again would show.
  assertEquals(bytesOf(...views), bytesOf(...chunks));
});

Deno.test("byteSource() offers room for the whole part that is missing, and for a record more", {
  permissions: "none",
}, async () => {
  for (const missing of [4, 65_536, 1_048_576]) {
    const connection = new MemoryConnection([BYTES]);
    await Array.fromAsync(byteSource(connection, { missing }));
    assertEquals(connection.readRooms[0], missing + 16_384);
  }
});

Deno.test(
  "byteSource() reads into the room it is given, all of it and nothing else",
  { permissions: "none" },
  async () => {
    const room = new Uint8Array(700);
    const connection = new MemoryConnection([BYTES.subarray(0, 300), BYTES.subarray(300)]);
    const reader = byteSource(connection, { missing: 700, room }).getReader();
    const { value } = await reader.read();
    assertStrictEquals(value!.buffer, room.buffer);
    assertEquals(value, BYTES.subarray(0, 700));
    assertEquals(connection.readRooms, [700, 400]);
  },
);

Deno.test("byteSource() does not read before it is asked", { permissions: "none" }, async () => {
  const connection = new MemoryConnection([BYTES]);
  const reader = byteSource(connection, { missing: 4 }).getReader();
  await Promise.resolve();
  assertEquals(connection.readRooms.length, 0);
  await reader.read();
  assertEquals(connection.readRooms.length, 1);
});

/** Writes chunks one after the other and closes. */
async function writeAll(connection: MemoryConnection, chunks: readonly Uint8Array[]): Promise<number> {
  let told = 0;
  const writer = new ByteSink(connection, (bytes) => told += bytes).getWriter();
  for (const chunk of chunks) await writer.write({ bytes: chunk, more: false });
  await writer.close();
  return told;
}

Deno.test("ByteSink writes every byte in order when the connection takes a few at a time", {
  permissions: "none",
}, async () => {
  for (const mostPerWrite of [1, 3, 999, Infinity]) {
    const connection = new MemoryConnection();
    connection.mostPerWrite = mostPerWrite;
    assertEquals(await writeAll(connection, [BYTES.subarray(0, 1), BYTES.subarray(1, 700), BYTES.subarray(700)]), 1000);
    assertEquals(connection.sent, BYTES, `${mostPerWrite} bytes a write`);
  }
});

Deno.test("ByteSink joins small chunks into one write when they come while a write is running", {
  permissions: "none",
}, async () => {
  const gate = Promise.withResolvers<void>();
  const connection = new MemoryConnection();
  connection.gate = gate.promise;
  const writer = new ByteSink(connection).getWriter();
  const chunks = Array.from({ length: 50 }, (_, at) => new Uint8Array(100).fill(at));
  await Promise.all(chunks.map((chunk) => writer.write({ bytes: chunk, more: false })));
  gate.resolve();
  await writer.close();
  assertEquals(connection.sent, bytesOf(...chunks));
  assertEquals(connection.writes.length, 2);
});

Deno.test("ByteSink keeps the order and lets a large chunk travel with the small ones before it", {
  permissions: "none",
}, async () => {
  const gate = Promise.withResolvers<void>();
  const connection = new MemoryConnection();
  connection.gate = gate.promise;
  const sizes = [1, 65_536, 262_144, 1, 1_048_576, 2, 3];
  const chunks = sizes.map((size, at) => new Uint8Array(size).fill(at + 1));
  const writer = new ByteSink(connection).getWriter();
  const writing = chunks.map((chunk) => writer.write({ bytes: chunk, more: false }));
  // While the first write waits, the others gather.
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  gate.resolve();
  await Promise.all(writing);
  await writer.close();
  assertEquals(connection.sent, bytesOf(...chunks));
  const lengths = connection.writes.map(({ length }) => length);
  assertEquals(lengths, [1, 65_536, 262_144, 1 + 1_048_576, 2, 3]);
});

Deno.test("ByteSink has taken a chunk when its write resolves, and makes the next one wait", {
  permissions: "none",
}, async () => {
  const gate = Promise.withResolvers<void>();
  const connection = new MemoryConnection();
  connection.gate = gate.promise;
  const writer = new ByteSink(connection).getWriter();
  const chunk = new Uint8Array(65_536);
  let taken = 0;
  const sending = (async () => {
    for (let at = 1; at <= 12; at++) {
      await writer.write({ bytes: chunk.fill(at), more: false });
      taken = at;
      chunk.fill(0);
    }
  })();
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
  // One is on its way, and one gathers; a third would be too much.
  assertEquals(taken, 2);
  gate.resolve();
  await sending;
  await writer.close();
  assertEquals(connection.sent, bytesOf(...Array.from({ length: 12 }, (_, at) => new Uint8Array(65_536).fill(at + 1))));
});

Deno.test("ByteSink fails with the connection's own error when a write fails", { permissions: "none" }, async () => {
  for (const failAtWrite of [1, 2, 3]) {
    const connection = new MemoryConnection();
    connection.mostPerWrite = 10;
    connection.failAtWrite = failAtWrite;
    let told = 0;
    const writer = new ByteSink(connection, (bytes) => told += bytes).getWriter();
    void writer.write({ bytes: BYTES, more: false }).catch(() => {});
    await assertRejects(() => writer.closed, Deno.errors.BrokenPipe, "gone");
    await assertRejects(() => writer.write({ bytes: BYTES, more: false }), Deno.errors.BrokenPipe, "gone");
    // What was not taken is not counted, and nothing is sent after the failure.
    assertEquals(connection.sent, BYTES.subarray(0, 10 * (failAtWrite - 1)));
    assertEquals(told, connection.sent.length);
  }
});

Deno.test("ByteSink fails to close when the last write fails", { permissions: "none" }, async () => {
  const connection = new MemoryConnection();
  connection.failAtWrite = 1;
  const writer = new ByteSink(connection).getWriter();
  void writer.closed.catch(() => {});
  const writing = writer.write({ bytes: BYTES, more: false });
  const closing = writer.close();
  await assertRejects(() => closing, Deno.errors.BrokenPipe, "gone");
  await writing.catch(() => {});
});

Deno.test("ByteMeter counts the bytes and passes the chunks on as they are", { permissions: "none" }, async () => {
  const counted: number[] = [];
  const chunks = [BYTES.subarray(0, 10), new Uint8Array(0), BYTES.subarray(10)];
  const passed = await Array.fromAsync(
    ReadableStream.from(chunks).pipeThrough(new ByteMeter((bytes) => counted.push(bytes))),
  );
  assertEquals(counted, [10, 0, 990]);
  passed.forEach((chunk, at) => assertStrictEquals(chunk, chunks[at]));
});
