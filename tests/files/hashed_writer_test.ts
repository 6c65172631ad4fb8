import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { HashedWriter } from "../../files/hashed_writer.ts";
import { createPrivate, openToChange } from "../../files/open.ts";
import { sha256Of } from "../../files/small_file.ts";
import { Chunk, ChunkPool } from "../../protocol/frame/chunk.ts";
import { TempDir } from "../harness.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("HashedWriter writes and hashes chunks in order, and says how far it has come", async () => {
  using temp = new TempDir();
  const offsets: number[] = [];
  const writer = new HashedWriter(createPrivate(temp.join("file")), (offset) => void offsets.push(offset));
  for (const text of ["one", "", "three"]) await writer.write(new Chunk(bytesOf(text)));
  await writer.sync();
  assertEquals(writer.digest(), { size: 8, sha256: sha256Of(bytesOf("onethree")) });
  await writer.close();
  assertEquals(Deno.readTextFileSync(temp.join("file")), "onethree");
  assertEquals(offsets, [3, 3, 8]);
});

Deno.test("HashedWriter owns a chunk until it is written, and then gives its memory back", async () => {
  using temp = new TempDir();
  const writer = new HashedWriter(createPrivate(temp.join("file")));
  const pool = new ChunkPool(4, 1);
  const chunk = pool.take();
  const { buffer } = chunk.bytes;
  const written = writer.write(chunk);
  assert(pool.take().bytes.buffer !== buffer);
  await written;
  await writer.settled();
  assertStrictEquals(pool.take().bytes.buffer, buffer);
  await writer.close();
});

Deno.test("HashedWriter.readBack() covers what is there, and restart() leaves nothing of it", async () => {
  using temp = new TempDir();
  Deno.writeTextFileSync(temp.join("file"), "old");
  const offsets: number[] = [];
  const writer = new HashedWriter(openToChange(temp.join("file")), (offset) => void offsets.push(offset));
  let read = 0;
  const expected = { size: 3, sha256: sha256Of(bytesOf("old")) };
  assertEquals(await writer.readBack((bytes) => read += bytes), expected);
  assertEquals(read, 3);
  await writer.restart();
  await writer.write(new Chunk(bytesOf("n")));
  await writer.settled();
  assertEquals(writer.digest(), { size: 1, sha256: sha256Of(bytesOf("n")) });
  await writer.close();
  assertEquals([Deno.readTextFileSync(temp.join("file")), offsets], ["n", [0, 1]]);
});

Deno.test("HashedWriter reports a failed write by the next call, and is closed all the same", async () => {
  using temp = new TempDir();
  Deno.writeTextFileSync(temp.join("file"), "");
  const writer = new HashedWriter(Deno.openSync(temp.join("file"), { read: true }));
  await writer.write(new Chunk(bytesOf("a")));
  await assertRejects(() => writer.write(new Chunk(bytesOf("b"))), Error);
  await assertRejects(() => writer.sync(), Error);
  await writer.close();
});
