import { assertEquals, assertRejects } from "@std/assert";
import { WriteBehind } from "../../files/write_behind.ts";

const permissions = "none";

/** Writes that end when a test says so. */
function slowWrites() {
  const log: string[] = [];
  const ends: Record<string, PromiseWithResolvers<void>> = {};
  const write = (name: string) => async () => {
    log.push(`begin ${name}`);
    await (ends[name] = Promise.withResolvers<void>()).promise;
    log.push(`${name} is written`);
  };
  return { log, ends, write };
}

Deno.test("WriteBehind writes one after the other, and takes the next one meanwhile", { permissions }, async () => {
  const { log, ends, write } = slowWrites();
  const writes = new WriteBehind();
  await writes.start(write("a"));
  const second = writes.start(write("b"));
  assertEquals(log, ["begin a"]);
  ends.a!.resolve();
  await second;
  assertEquals(log, ["begin a", "a is written", "begin b"]);
  ends.b!.resolve();
  await writes.settled();
  assertEquals(log.at(-1), "b is written");
});

Deno.test(
  "WriteBehind reports a failure by the next call and by settled(), and writes nothing more",
  { permissions },
  async () => {
    const { log, ends, write } = slowWrites();
    const writes = new WriteBehind();
    await writes.start(write("a"));
    ends.a!.reject(new Error("disk full"));
    await assertRejects(() => writes.start(write("b")), Error, "disk full");
    await assertRejects(() => writes.settled(), Error, "disk full");
    assertEquals(log, ["begin a"]);
  },
);
