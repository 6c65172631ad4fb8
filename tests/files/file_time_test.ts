import { assertEquals } from "@std/assert";
import { mtimeOf, setMtime } from "../../files/file_time.ts";
import { TempDir } from "../harness.ts";

Deno.test("mtimeOf() is null for no time and for one that cannot be said", () => {
  assertEquals(mtimeOf({ mtime: null }), null);
  assertEquals(mtimeOf({ mtime: new Date(NaN) }), null);
  for (const ms of [0, -1, 1_795_248_257_077, 8.64e15]) assertEquals(mtimeOf({ mtime: new Date(ms) }), ms);
});

Deno.test("setMtime() sets whole milliseconds, also before 1970, and leaves a file alone that gets no time", () => {
  using temp = new TempDir();
  const path = temp.file("file", "content");
  for (const ms of [1_795_248_257_077, 1, -1, -1001]) {
    setMtime(path, ms);
    assertEquals(mtimeOf(Deno.statSync(path)), ms);
  }
  using file = Deno.openSync(path, { write: true });
  setMtime(file, 1_001);
  setMtime(file, null);
  setMtime(path, undefined);
  assertEquals(mtimeOf(Deno.statSync(path)), 1_001);
});

Deno.test("setMtime() leaves a file as it is where its system sets no time", () => {
  setMtime("/nothing/is/here", 0);
});
