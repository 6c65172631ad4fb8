/** Small files read whole, one system call each, for `fetch`. */
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { StatusError } from "../../protocol/status.ts";
import { RECORD_LIMIT_BYTES } from "../../protocol/record.ts";
import { quote } from "../../protocol/text.ts";
import type { DigestCache } from "./digest_cache.ts";
import { isSameFile } from "./entry.ts";
import type { FolderCache } from "./folder_cache.ts";
import { osFailure } from "./os_error.ts";

/** One file: its content and what goes with it. `mtime` in ms. */
export interface SmallFile {
  readonly content: Uint8Array;
  readonly sha256: string;
  readonly mtime: number;
  readonly exec: boolean;
}

/**
 * Reads one file of a tree.
 *
 * @param path below the cache's base
 * @param digests what is known of files
 * @throws {StatusError} 402, 406, 407, 411; 409 when it changed while it was read; 413 when it is not small
 */
export function readSmallFile(cache: FolderCache, path: string, digests: DigestCache): SmallFile {
  try {
    const { folder, name } = cache.locate(path);
    const place = join(folder, name);
    const before = Deno.lstatSync(place);
    if (!before.isFile) throw new StatusError(407, `${quote(path)} is not a regular file`);
    if (before.size > RECORD_LIMIT_BYTES) throw new StatusError(413, `${quote(path)} is too large for a record`);
    const content = Deno.readFileSync(place);
    const after = Deno.lstatSync(place);
    const mtime = after.mtime?.getTime() ?? 0;
    if (
      !isSameFile(before, after) || content.length !== after.size || before.mtime?.getTime() !== after.mtime?.getTime()
    ) {
      throw new StatusError(409, `${quote(path)} changed while it was read`);
    }
    const known = digests.find(after);
    const sha256 = known ?? createHash("sha256").update(content).digest("hex");
    if (!known) digests.set(after, sha256);
    return { content, sha256, mtime, exec: ((after.mode ?? 0) & 0o100) !== 0 };
  } catch (error) {
    throw osFailure(error, path);
  }
}
