import { assert, assertEquals, assertThrows } from "@std/assert";
import { Chunk, ChunkPool } from "../../../protocol/frame/chunk.ts";

Deno.test("a Chunk gives its memory back once when it is disposed of", { permissions: "none" }, () => {
  const pool = new ChunkPool(8, 2);
  const first = pool.take(3);
  const { buffer } = first.bytes;
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  using second = pool.take();
  using third = pool.take();
  assert(second.bytes.buffer === buffer);
  assert(third.bytes.buffer !== buffer, "one piece of memory has one owner");
});

Deno.test("a Chunk that was disposed of or detached cannot be read", { permissions: "none" }, () => {
  const pool = new ChunkPool(8, 2);
  const [disposed, detached] = [pool.take(), pool.take()];
  disposed[Symbol.dispose]();
  const bytes = detached.detach();
  for (const chunk of [disposed, detached]) {
    assertThrows(() => chunk.bytes, Error, "after it had been disposed of");
    assertThrows(() => chunk.length, Error, "after it had been disposed of");
  }
  detached[Symbol.dispose]();
  using next = pool.take();
  using other = pool.take();
  assert(
    next.bytes.buffer !== bytes.buffer && other.bytes.buffer !== bytes.buffer,
    "what was detached is not given back",
  );
});

Deno.test("Chunk.detach() copies what shares its memory with others", { permissions: "none" }, () => {
  const shared = new Uint8Array([1, 2, 3, 4]);
  const bytes = new Chunk(shared.subarray(1, 3)).detach();
  assertEquals([...bytes], [2, 3]);
  assert(bytes.buffer !== shared.buffer);
  assertEquals(structuredClone(bytes, { transfer: [bytes.buffer] }).length, 2);
  assertEquals(shared.length, 4);
});

Deno.test("Chunk.shorten() leaves the first bytes", { permissions: "none" }, () => {
  using chunk = new Chunk(new Uint8Array([1, 2, 3])).shorten(2);
  assertEquals([...chunk.bytes], [1, 2]);
});

Deno.test("ChunkPool keeps no more than it may and nothing of another size", { permissions: "none" }, () => {
  const pool = new ChunkPool(8, 1);
  const [one, two, large] = [pool.take(), pool.take(), pool.take(9)];
  const buffers = [one, two, large].map((chunk) => chunk.bytes.buffer);
  for (const chunk of [large, one, two]) chunk[Symbol.dispose]();
  using next = pool.take();
  using fresh = pool.take();
  assert(next.bytes.buffer === buffers[0]);
  assert(!buffers.includes(fresh.bytes.buffer));
});
