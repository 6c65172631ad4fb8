import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { contentHash, THREAD_FROM_BYTES } from "../../protocol/content_hash.ts";

/** Starting a thread reads its module. */
const permissions = { read: true };

function sha256(...chunks: Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

/** Bytes that differ from chunk to chunk. */
function chunkOf(length: number, seed: number): Uint8Array {
  return new Uint8Array(length).fill(seed + 1);
}

for (const [where, size] of [["here", 0], ["on its thread", THREAD_FROM_BYTES]] as const) {
  Deno.test(
    `contentHash() ${where} gives the digest so far, goes on after it and starts over`,
    { permissions },
    async () => {
      using hash = contentHash(size);
      assertEquals(await hash.digest(), sha256());
      const chunks = [0, 1, 262_143, 262_144, 262_145, 1_048_576].map(chunkOf);
      for (const chunk of chunks) await hash.update(chunk);
      assertEquals(await hash.digest(), sha256(...chunks));
      const more = chunkOf(1000, 9);
      await hash.update(more);
      assertEquals(await hash.digest(), sha256(...chunks, more));
      hash.reset();
      await hash.update(more);
      assertEquals(await hash.digest(), sha256(more));
    },
  );

  Deno.test(`contentHash() ${where} has taken its bytes when update() resolves`, { permissions }, async () => {
    using hash = contentHash(size);
    const chunk = chunkOf(300_000, 1);
    const expected = sha256(chunk);
    await hash.update(chunk);
    chunk.fill(0);
    assertEquals(await hash.digest(), expected);
  });
}

Deno.test(
  "contentHash() keeps digests apart that share a thread, and ends with the last of them",
  { permissions },
  async () => {
    for (let round = 0; round < 3; round++) {
      const ones = Array.from({ length: 8 }, () => contentHash(THREAD_FROM_BYTES));
      const digests = await Promise.all(ones.map(async (hash, index) => {
        for (let part = 0; part < 20; part++) await hash.update(chunkOf(400_000, index));
        const digest = await hash.digest();
        hash[Symbol.dispose]();
        return digest;
      }));
      for (const [index, digest] of digests.entries()) {
        assertEquals(digest, sha256(...Array.from({ length: 20 }, () => chunkOf(400_000, index))));
      }
    }
  },
);

Deno.test("contentHash() lets go of who waits for room when it is disposed of", { permissions }, async () => {
  const hash = contentHash(THREAD_FROM_BYTES);
  const outcome = hash.update(new Uint8Array(64 * 1024 ** 2)).then(() => "done", (error) => error.message);
  hash[Symbol.dispose]();
  assertEquals(await outcome, "The hash is closed");
});
