import { assertEquals, assertThrows } from "@std/assert";
import { RecordFolder } from "../../../client/transfer/record_folder.ts";
import { seenOf } from "../../../client/transfer/seen.ts";
import { SmallFileReader } from "../../../client/transfer/small_file_reader.ts";
import { SmallFileWriter } from "../../../client/transfer/small_file_writer.ts";
import { TempRuns } from "../../../client/transfer/temp_run.ts";
import { StatusError } from "../../../protocol/status.ts";
import { sha256Of, someBytes, TempDir } from "../../harness.ts";

Deno.test("SmallFileWriter is due when 256 files wait, or 16 MiB, and not before", async () => {
  using temp = new TempDir();
  using run = new TempRuns(new RecordFolder(undefined)).begin(temp.path);
  for (const [files, bytes] of [[256, 10], [17, 1_000_000]] as const) {
    await using writer = new SmallFileWriter(run);
    const content = someBytes(bytes);
    const sha256 = await sha256Of(content);
    for (let at = 1; at <= files; at++) {
      const name = `${bytes}-${at}`;
      writer.add({ name, target: temp.join(name), content, sha256, mtime: 0, exec: false });
      assertEquals(writer.isDue, at === files, `${at} of ${files}`);
    }
    assertEquals(await writer.flush(), []);
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
    const seen = seenOf(Deno.lstatSync(path));
    const read = { content, sha256: await sha256Of(content), mtime: seen.mtime, exec: false };
    assertEquals(reader.read(path, seen), read);
    for (const size of [bytes - 1, bytes + 1].filter((size) => size >= 0)) {
      assertEquals(assertThrows(() => reader.read(path, { ...seen, size }), StatusError).code, 409);
    }
  }
});
