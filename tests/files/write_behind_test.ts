import { assertEquals, assertRejects } from "@std/assert";
import { WriteBehind } from "../../files/write_behind.ts";

const permissions = "none";

/** Writes that end when they are told to. */
function slowWrites() {
  const log: string[] = [];
  const ends: Record<string, PromiseWithResolvers<void>> = {};
  const write = (name: string) => () => {
    log.push(`begin ${name}`);
    return (ends[name] = Promise.withResolvers<void>()).promise;
  };
  return { log, ends, write };
}

Deno.test("WriteBehind writes one after the other, and tells of each when it is written", { permissions }, async () => {
  const { log, ends, write } = slowWrites();
  const writes = new WriteBehind();
  await writes.start(write("a"), () => log.push("a is written"));
  const second = writes.start(write("b"), () => log.push("b is written"));
  assertEquals(log, ["begin a"]);
  ends.a!.resolve();
  await second;
  assertEquals(log, ["begin a", "a is written", "begin b"]);
  ends.b!.resolve();
  await writes.settled();
  assertEquals(log.at(-1), "b is written");
});

Deno.test(
  "WriteBehind tells a failure by the next call and by settled(), and writes nothing more",
  { permissions },
  async () => {
    const { log, ends, write } = slowWrites();
    const writes = new WriteBehind();
    await writes.start(write("a"), () => log.push("a is written"));
    ends.a!.reject(new Error("disk full"));
    await assertRejects(() => writes.start(write("b")), Error, "disk full");
    await assertRejects(() => writes.settled(), Error, "disk full");
    assertEquals(log, ["begin a"]);
  },
);
