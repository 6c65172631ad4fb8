import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { PartFile } from "../../client/local/part_file.ts";
import { StatusError } from "../../protocol/status.ts";
import { TempDir } from "../harness.ts";

const ORIGIN = { server: "server", path: "/file", size: 5, mtime: 0 };
const CONTENT = new TextEncoder().encode("HELLO");
const INSTALL = { mtime: 0, exec: false };

Deno.test("PartFile.install() leaves a file alone that came meanwhile, and keeps the part", async () => {
  using temp = new TempDir();
  const target = temp.join("file");
  {
    await using part = PartFile.open(target);
    part.restart(ORIGIN);
    await part.write(CONTENT);
    Deno.writeTextFileSync(target, "mine");
    const { code } = await assertRejects(() => part.install({ ...INSTALL, replace: false }), StatusError);
    assertEquals(code, 403);
  }
  assertEquals(Deno.readTextFileSync(target), "mine");
  assertEquals(Deno.readTextFileSync(`${target}.part`), "HELLO");
  await using part = PartFile.open(target);
  await part.install({ ...INSTALL, replace: true });
  assertEquals(Deno.readTextFileSync(target), "HELLO");
});

Deno.test("PartFile.open() refuses a part that got its name between opening and locking it", async () => {
  using temp = new TempDir();
  const target = temp.join("file");
  {
    await using first = PartFile.open(target);
    first.restart(ORIGIN);
    await first.write(CONTENT);
  }
  const { tryLockSync } = Deno.FsFile.prototype;
  using _stub = {
    [Symbol.dispose]: () => {
      Deno.FsFile.prototype.tryLockSync = tryLockSync;
    },
  };
  Deno.FsFile.prototype.tryLockSync = function (exclusive) {
    // Right here another program has finished the same download.
    Deno.renameSync(`${target}.part`, target);
    return tryLockSync.call(this, exclusive);
  };
  assertEquals(assertThrows(() => PartFile.open(target), StatusError).code, 403);
  assertEquals(Deno.readTextFileSync(target), "HELLO");
});
