/** Copies onto another volume, where a rename does not lead: read back and compared before they count. */
import type { FileDigest } from "../../files/hashed_writer.ts";
import { READ_BYTES } from "../../files/read_into.ts";
import { tryRemove } from "../../files/remove.ts";
import { ChunkPool } from "../../protocol/frame/chunk.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { DigestCache } from "./digest_cache.ts";
import { Download } from "./download.ts";
import { StagedFile } from "./staged_file.ts";

/** What is copied: `real`, its path on disk; `subject`, the name the user knows it by; `to`, a path where nothing is. */
export interface CopyPlan {
  readonly real: string;
  readonly subject: string;
  readonly to: string;
  /** Asked before each piece; what it throws ends the copy. */
  checkGoing(): void;
}

/**
 * Copies a file and makes the copy durable.
 *
 * @throws {StatusError} 409 when the file changes meanwhile, 500 when what was written is not what is read back; nothing is
 *   left of the copy then
 */
export async function copyAcross(
  { real, subject, to, checkGoing }: CopyPlan,
): Promise<{ staged: StagedFile; end: FileDigest }> {
  const staged = StagedFile.create(to, () => {});
  try {
    // Nothing that is remembered of either file may stand for what was read now.
    using source = await Download.open(real, subject, { digests: new DigestCache(), onWork: checkGoing });
    const memory = new ChunkPool(READ_BYTES, 2);
    for (;;) {
      const chunk = memory.take();
      const read = await source.read(chunk.bytes);
      if (!read) break;
      checkGoing();
      await staged.write(chunk.shorten(read.length));
    }
    const end = await staged.finish();
    using copy = await Download.open(to, subject, { digests: new DigestCache(), onWork: checkGoing });
    const [read, written] = [source.finish(), await copy.digest()];
    if (read.sha256 !== end.sha256 || read.sha256 !== written.sha256 || read.size !== written.size) {
      throw new StatusError(500, `The server's copy of ${quote(subject)} is not the same`);
    }
    return { staged, end };
  } catch (error) {
    await staged.close();
    tryRemove(to);
    throw error;
  }
}
