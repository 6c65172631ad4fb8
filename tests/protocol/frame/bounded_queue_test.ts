import { assertEquals } from "@std/assert";
import { BoundedQueue } from "../../../protocol/frame/bounded_queue.ts";

/** Lets everything run that can run without a timer. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

Deno.test("BoundedQueue gives items in the order in which they came", { permissions: "none" }, async () => {
  const queue = new BoundedQueue<number>(10);
  for (const item of [1, 2, 3]) await queue.push(item);
  assertEquals(queue.length, 3);
  assertEquals([await queue.pull(), await queue.pull(), await queue.pull()], [1, 2, 3]);
});

Deno.test(
  "BoundedQueue.push() waits at the capacity and goes on when there is room",
  { permissions: "none" },
  async () => {
    const queue = new BoundedQueue<number>(2);
    const log: string[] = [];
    await queue.push(1);
    const second = queue.push(2).then(() => log.push("room"));
    await settle();
    assertEquals([log.length, queue.length], [0, 2]);
    assertEquals(await queue.pull(), 1);
    await second;
    assertEquals([log.length, queue.length], [1, 1]);
  },
);

Deno.test("BoundedQueue never holds more than its capacity when one producer waits its turn", {
  permissions: "none",
}, async () => {
  const queue = new BoundedQueue<number>(3);
  const produce = async () => {
    for (let item = 0; item < 100; item++) await queue.push(item);
    queue.close();
  };
  const producing = produce();
  const taken: number[] = [];
  let most = 0;
  for (let item = await queue.pull(); item !== undefined; item = await queue.pull()) {
    most = Math.max(most, queue.length + 1);
    taken.push(item);
    if (item % 7 === 0) await settle();
  }
  await producing;
  assertEquals(taken, Array.from({ length: 100 }, (_, at) => at));
  assertEquals(most, 3);
});

Deno.test("BoundedQueue.pull() waits while it is empty", { permissions: "none" }, async () => {
  const queue = new BoundedQueue<string>(1);
  const pulled = queue.pull();
  void queue.push("late");
  assertEquals(await pulled, "late");
});

Deno.test("BoundedQueue.close() lets what waits be pulled, then ends", { permissions: "none" }, async () => {
  const queue = new BoundedQueue<number>(5);
  await queue.push(1);
  queue.close();
  await queue.push(2);
  assertEquals([await queue.pull(), await queue.pull(), await queue.pull()], [1, undefined, undefined]);
});

Deno.test("BoundedQueue.close() wakes everybody who waits", { permissions: "none" }, async () => {
  const empty = new BoundedQueue<number>(1);
  const pulls = [empty.pull(), empty.pull()];
  empty.close();
  assertEquals(await Promise.all(pulls), [undefined, undefined]);
  const full = new BoundedQueue<number>(1);
  const push = full.push(1);
  full.close();
  assertEquals(await push, undefined);
});

Deno.test("BoundedQueue.discard() forgets what waits and frees who pushes", { permissions: "none" }, async () => {
  const queue = new BoundedQueue<number>(1);
  const push = queue.push(1);
  queue.discard();
  await push;
  assertEquals([queue.length, await queue.pull()], [0, undefined]);
});
