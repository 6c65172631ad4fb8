import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { BufferPool } from "../../../protocol/frame/buffer_pool.ts";

Deno.test(
  "BufferPool.take() gives the whole buffer again when a view of it was given back",
  { permissions: "none" },
  () => {
    const pool = new BufferPool(100, 2);
    const first = pool.take();
    pool.give(first.subarray(10, 20));
    const again = pool.take();
    assertStrictEquals(again.buffer, first.buffer);
    assertEquals(again.length, 100);
    assert(pool.take().buffer !== first.buffer);
  },
);

Deno.test(
  "BufferPool.give() takes a buffer once, of its own size and no more than it keeps",
  { permissions: "none" },
  () => {
    const pool = new BufferPool(100, 2);
    const [one, two, three] = [pool.take(), pool.take(), pool.take()] as const;
    pool.give(new Uint8Array(99));
    for (const view of [one, one, two, two, three]) pool.give(view);
    const buffers = [pool.take(), pool.take(), pool.take()].map(({ buffer }) => buffer);
    assertEquals(new Set(buffers).size, 3);
    assert(buffers.includes(one.buffer) && buffers.includes(two.buffer) && !buffers.includes(three.buffer));
  },
);
