import { assert, assertEquals } from "@std/assert";
import { isLockHeld, removeUnlocked, takeLock, tryLock } from "../../files/lock.ts";
import { lookAt } from "../../files/lookup.ts";
import { openToChange } from "../../files/open.ts";
import { linkIfFree } from "../../files/rename.ts";
import { replaceText } from "../../files/small_file.ts";
import { TempDir } from "../harness.ts";

Deno.test("takeLock() gives a lock to one at a time, and isLockHeld() knows of it", () => {
  using temp = new TempDir();
  const path = temp.join("lock");
  assertEquals(isLockHeld(path), false);
  {
    using lock = takeLock(path);
    assert(lock);
    assertEquals([takeLock(path), isLockHeld(path)], [undefined, true]);
  }
  assertEquals(isLockHeld(path), false);
  using again = takeLock(path);
  assert(again);
});

Deno.test("removeUnlocked() leaves a file that is locked", () => {
  using temp = new TempDir();
  const path = temp.join("part");
  Deno.writeTextFileSync(path, "");
  {
    using file = openToChange(path);
    assertEquals([tryLock(file), removeUnlocked(path)], [true, false]);
    assert(lookAt(path));
  }
  assertEquals([removeUnlocked(path), lookAt(path)], [true, undefined]);
});

Deno.test("replaceText() leaves one private file, and linkIfFree() none that was not first", () => {
  using temp = new TempDir();
  const path = temp.join("file");
  for (const text of ["one", "two"]) replaceText(path, text);
  assertEquals(Deno.readTextFileSync(path), "two");
  assertEquals([...Deno.readDirSync(temp.join("."))].map(({ name }) => name), ["file"]);
  if (Deno.build.os !== "windows") assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
  assertEquals([linkIfFree(path, temp.join("other")), linkIfFree(path, temp.join("other"))], [true, false]);
});
