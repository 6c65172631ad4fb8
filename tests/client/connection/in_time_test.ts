import { assertEquals, assertRejects } from "@std/assert";
import { inTime } from "../../../client/connection/in_time.ts";

const late = new RangeError("It took too long");

Deno.test("inTime() passes on how the work ends", { permissions: "none" }, async () => {
  assertEquals(await inTime(Promise.resolve(7), { ms: 60_000, late }), 7);
  await assertRejects(() => inTime(Promise.reject(new SyntaxError("No")), { ms: 60_000, late }), SyntaxError, "No");
});

Deno.test("inTime() fails with `late` when the time is up", { permissions: "none" }, async () => {
  const work = Promise.withResolvers<void>();
  await assertRejects(() => inTime(work.promise, { ms: 1, late }), RangeError, "It took too long");
  // A failure that comes later is handled, too.
  work.reject(new Error("It failed later"));
});
