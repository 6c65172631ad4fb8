import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { tryRemove } from "../../files/remove.ts";
import { SyncGroup } from "../../files/sync_group.ts";
import { GROUP_FILES, TempGroup } from "../../files/temp_group.ts";
import { TempDir } from "../harness.ts";

const SMALL = { content: new TextEncoder().encode("hello"), mtime: 5_000, exec: false };

/** A group in a folder. `ticks`: each look at the clock is so much later; more than 0.1 ms is a slow disk. */
function place({ ticks = 0 } = {}) {
  const temp = new TempDir();
  let now = 0;
  const group = new TempGroup<{ temp: string }>({ sync: new SyncGroup(() => now += ticks), drop: tryRemove });
  const names = () => [...Deno.readDirSync(temp.join("."))].map(({ name }) => name).sort();
  return { temp, group, names, [Symbol.dispose]: () => temp[Symbol.dispose]() };
}

Deno.test("TempGroup writes files and gives each back once, when all of them are durable", async () => {
  using at = place();
  for (const name of ["a", "b"]) at.group.add({ temp: at.temp.join(name) }, { ...SMALL, exec: name === "b" });
  assertEquals(await at.group.flush(), [{ temp: at.temp.join("a") }, { temp: at.temp.join("b") }]);
  assertEquals(await at.group.flush(), []);
  const { mtime, mode } = Deno.statSync(at.temp.join("b"));
  assertEquals([Deno.readTextFileSync(at.temp.join("a")), mtime?.getTime()], ["hello", 5_000]);
  if (Deno.build.os !== "windows") assertEquals(mode! & 0o777, 0o700);
});

Deno.test("TempGroup.isDue is true at its limit of files and of bytes, and not one below", () => {
  {
    using at = place();
    for (let n = 1; n < GROUP_FILES; n++) at.group.add({ temp: at.temp.join(`${n}`) }, SMALL);
    assertEquals(at.group.isDue, false);
    at.group.add({ temp: at.temp.join("last") }, SMALL);
    assertEquals(at.group.isDue, true);
  }
  using at = place();
  at.group.add({ temp: at.temp.join("large") }, { ...SMALL, content: new Uint8Array(16 * 1024 ** 2 - 1) });
  assertEquals(at.group.isDue, false);
  at.group.add({ temp: at.temp.join("last") }, { ...SMALL, content: new Uint8Array(1) });
  assertEquals(at.group.isDue, true);
});

Deno.test("TempGroup.add() leaves what has the name alone, and drops what it cannot make durable", () => {
  using at = place();
  Deno.writeTextFileSync(at.temp.join("taken"), "mine");
  assertThrows(() => at.group.add({ temp: at.temp.join("taken") }, SMALL), Deno.errors.AlreadyExists);
  assertEquals(Deno.readTextFileSync(at.temp.join("taken")), "mine");
  const { syncSync } = Deno.FsFile.prototype;
  using _stub = { [Symbol.dispose]: () => void (Deno.FsFile.prototype.syncSync = syncSync) };
  Deno.FsFile.prototype.syncSync = () => {
    throw new Error("the disk failed");
  };
  assertThrows(() => at.group.add({ temp: at.temp.join("a") }, SMALL), Error, "the disk failed");
  assertEquals(at.names(), ["taken"]);
});

Deno.test("TempGroup.flush() drops all of a group whose sync fails, and giveUp() drops what waits", async () => {
  using at = place({ ticks: 1 });
  for (const name of ["a", "b", "c"]) at.group.add({ temp: at.temp.join(name) }, SMALL);
  const { sync } = Deno.FsFile.prototype;
  {
    using _stub = { [Symbol.dispose]: () => void (Deno.FsFile.prototype.sync = sync) };
    Deno.FsFile.prototype.sync = () => Promise.reject(new Error("the disk failed"));
    await assertRejects(() => at.group.flush(), Error, "the disk failed");
  }
  assertEquals(at.names(), []);
  at.group.add({ temp: at.temp.join("d") }, SMALL);
  await at.group.giveUp();
  assertEquals([at.names(), await at.group.flush()], [[], []]);
});
