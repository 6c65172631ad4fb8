import { assertEquals, assertThrows } from "@std/assert";
import { SmallFileReader, SmallFileWriter } from "../../client/local/small_files.ts";
import { StatusError } from "../../protocol/status.ts";
import { sha256Of, someBytes, TempDir } from "../harness.ts";

Deno.test("SmallFileWriter is due when 256 files wait, or 16 MiB, and not before", async () => {
  using temp = new TempDir();
  for (const [files, bytes] of [[256, 10], [17, 1_000_000]] as const) {
    await using writer = new SmallFileWriter();
    const content = someBytes(bytes);
    const sha256 = await sha256Of(content);
    for (let at = 1; at <= files; at++) {
      writer.add({ target: temp.join(`${bytes}-${at}`), content, sha256, mtime: 0, exec: false });
      assertEquals(writer.isDue, at === files, `${at} of ${files}`);
    }
    await writer.flush();
    assertEquals(writer.isDue, false);
  }
  assertEquals([...Deno.readDirSync(temp.path)].length, 256 + 17);
});

Deno.test("SmallFileReader reads files one after another and refuses one that is not as large as it was", async () => {
  using temp = new TempDir();
  const reader = new SmallFileReader();
  for (const bytes of [10, 100_000, 0, 3]) {
    const content = someBytes(bytes, bytes + 1);
    const path = temp.file("file", content);
    assertEquals(reader.read(path, bytes), { content, sha256: await sha256Of(content) });
    for (const wrong of [bytes - 1, bytes + 1].filter((size) => size >= 0)) {
      assertEquals(assertThrows(() => reader.read(path, wrong), StatusError).code, 409);
    }
  }
});
