/** Small files read whole, for `fetch`. */
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { mtimeOf } from "../../files/file_time.ts";
import { readInto } from "../../files/read_into.ts";
import { StatusError } from "../../protocol/status.ts";
import { RECORD_LIMIT_BYTES } from "../../protocol/message/record.ts";
import { quote } from "../../protocol/text.ts";
import type { VirtualPath } from "../../protocol/virtual_path.ts";
import type { DigestCache } from "./digest_cache.ts";
import { isSameFile } from "./entry.ts";
import { FolderCache } from "./folder_cache.ts";
import type { Jail } from "./jail.ts";
import { osFailure } from "./os_error.ts";

/** One file: its content and what goes with it. `mtime` in ms. */
export interface SmallFile {
  /** It lasts until the next file is read. */
  readonly content: Uint8Array;
  readonly sha256: string;
  readonly mtime: number;
  readonly exec: boolean;
}

/** Reads the files of one tree, all into the same memory. */
export class SmallFileReader {
  readonly #jail: Jail;
  readonly #base: VirtualPath;
  readonly #digests: DigestCache;
  #cache: FolderCache;
  #buffer = new Uint8Array(0);

  /** @param digests what is known of files */
  constructor(jail: Jail, base: VirtualPath, digests: DigestCache) {
    this.#jail = jail;
    this.#base = base;
    this.#digests = digests;
    this.#cache = new FolderCache(jail, base);
  }

  /** To be called after each `await`: others had their turn, and folders may have changed. */
  lookAgain(): void {
    this.#cache = new FolderCache(this.#jail, this.#base);
  }

  /**
   * Reads one file.
   *
   * @param path below the base
   * @throws {StatusError} 402, 406, 407, 411; 409 when it changed while it was read; 413 when it is not small
   */
  read(path: string): SmallFile {
    try {
      const { folder, name } = this.#cache.locate(path);
      const place = join(folder, name);
      const before = Deno.lstatSync(place);
      if (!before.isFile) throw new StatusError(407, `${quote(path)} is not a regular file`);
      if (before.size > RECORD_LIMIT_BYTES) throw new StatusError(413, `${quote(path)} is too large for a record`);
      const content = this.#contentOf(place, before.size);
      const after = Deno.lstatSync(place);
      const mtime = mtimeOf(after);
      if (!isSameFile(before, after) || content.length !== after.size || mtimeOf(before) !== mtime) {
        throw new StatusError(409, `${quote(path)} changed while it was read`);
      }
      const known = this.#digests.find(after);
      const sha256 = known ?? createHash("sha256").update(content).digest("hex");
      if (!known) this.#digests.set(after, sha256);
      return { content, sha256, mtime: mtime ?? 0, exec: ((after.mode ?? 0) & 0o100) !== 0 };
    } catch (error) {
      throw osFailure(error, path);
    }
  }

  /** The first `size` bytes, or fewer if there are no more. */
  #contentOf(place: string, size: number): Uint8Array {
    if (size > this.#buffer.length) this.#buffer = new Uint8Array(Math.max(size, 2 * this.#buffer.length));
    using file = Deno.openSync(place, { read: true });
    return this.#buffer.subarray(0, readInto(file, this.#buffer.subarray(0, size)));
  }
}
