/** Small files read whole, for `fetch`. */
import { join } from "@std/path";
import { isExecutable } from "../../files/file_mode.ts";
import { mtimeOf } from "../../files/file_time.ts";
import { infoOf } from "../../files/lookup.ts";
import { openToRead } from "../../files/open.ts";
import { ReadBuffer } from "../../files/read_into.ts";
import { sha256Of } from "../../files/small_file.ts";
import { StatusError } from "../../protocol/status.ts";
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

/** What is read: files below `base` of at most `limitBytes`; `digests`: what is known of files. */
export interface SmallFilePlace {
  readonly jail: Jail;
  readonly base: VirtualPath;
  readonly digests: DigestCache;
  readonly limitBytes: number;
}

/**
 * Reads the files of one tree, all into the same memory. The client's reader has what its walk saw; this one trusts no
 * earlier look, and has digests that are known.
 */
export class SmallFileReader {
  readonly #place: SmallFilePlace;
  #cache: FolderCache;
  readonly #buffer = new ReadBuffer();

  constructor(place: SmallFilePlace) {
    this.#place = place;
    this.#cache = new FolderCache(place.jail, place.base);
  }

  /** To be called after each `await`: others had their turn, and folders may have changed. */
  lookAgain(): void {
    this.#cache = new FolderCache(this.#place.jail, this.#place.base);
  }

  /**
   * Reads one file.
   *
   * @param path below the base
   * @throws {StatusError} 402, 406, 407, 411; 409 when it changed while it was read; 413 when it is not small
   */
  read(path: string): SmallFile {
    const { digests, limitBytes } = this.#place;
    try {
      const { folder, name } = this.#cache.locate(path);
      const place = join(folder, name);
      const before = infoOf(place);
      if (!before.isFile) throw new StatusError(407, `${quote(path)} is not a regular file`);
      if (before.size > limitBytes) throw new StatusError(413, `${quote(path)} is too large for a record`);
      const content = this.#contentOf(place, before.size);
      const after = infoOf(place);
      const mtime = mtimeOf(after);
      if (!isSameFile(before, after) || content.length !== after.size || mtimeOf(before) !== mtime) {
        throw new StatusError(409, `${quote(path)} changed while it was read`);
      }
      const known = digests.find(after);
      const sha256 = known ?? sha256Of(content);
      if (!known) digests.set(after, sha256);
      return { content, sha256, mtime: mtime ?? 0, exec: isExecutable(after) };
    } catch (error) {
      throw osFailure(error, path);
    }
  }

  /** The first `size` bytes, or fewer if there are no more. */
  #contentOf(place: string, size: number): Uint8Array {
    using file = openToRead(place);
    return this.#buffer.read(file, size);
  }
}
