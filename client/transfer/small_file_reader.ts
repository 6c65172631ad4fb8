/** Small local files, read whole. */
import { isExecutable } from "../../files/file_mode.ts";
import { mtimeOf } from "../../files/file_time.ts";
import { lookAt } from "../../files/lookup.ts";
import { openToRead } from "../../files/open.ts";
import { ReadBuffer } from "../../files/read_into.ts";
import { sha256Of } from "../../files/small_file.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { localFailure } from "./file.ts";
import { isAsSeen, isFresh, type Seen, seenOf } from "./seen.ts";

/** How often a file is read until it holds still. */
const MOST_READS = 3;

/** A file as it was at one moment. `mtime` in ms if it is known. */
export interface ReadFile {
  /** It lasts until the next file is read. */
  readonly content: Uint8Array;
  readonly sha256: string;
  readonly mtime: number | null;
  readonly exec: boolean;
}

/** Reads small files, all into the same memory. */
export class SmallFileReader {
  readonly #buffer = new ReadBuffer();

  /**
   * The content of a file and what goes with it.
   *
   * @param seen what it looked like; its size is the one that was promised
   * @throws {StatusError} 409 when it is not as large as it was, or does not hold still while it is read
   */
  read(path: string, seen: Seen): ReadFile {
    try {
      using file = openToRead(path);
      const content = this.#buffer.read(file, seen.size);
      // One look is enough for nearly all: it says that the file is as it was before it was read.
      const info = lookAt(path);
      const isAsItWas = info !== undefined && isAsSeen(info, seen) && !isFresh(seen, Date.now());
      if (isAsItWas && content.length === seen.size) return readFile(content, { info, sha256: sha256Of(content) });
      return this.#readStill(path, { file, size: seen.size });
    } catch (error) {
      throw localFailure(error, path);
    }
  }

  /** Reads a file that somebody has touched since it was seen, or touches now: what counts is the one that is open. */
  #readStill(path: string, { file, size }: { file: Deno.FsFile; size: number }): ReadFile {
    let last = "";
    for (let reads = 0; reads < MOST_READS; reads++) {
      file.seekSync(0, Deno.SeekMode.Start);
      const before = seenOf(file.statSync());
      const content = this.#buffer.read(file, size);
      const info = file.statSync();
      if (content.length !== size || info.size !== size) break;
      const sha256 = sha256Of(content);
      const isStill = isAsSeen(info, before);
      if (isStill && (sha256 === last || !isFresh(before, Date.now()))) return readFile(content, { info, sha256 });
      last = isStill ? sha256 : "";
    }
    throw new StatusError(409, `Local ${quote(path)} changed while it was sent`);
  }
}

function readFile(content: Uint8Array, { info, sha256 }: { info: Deno.FileInfo; sha256: string }): ReadFile {
  return { content, sha256, mtime: mtimeOf(info), exec: isExecutable(info) };
}
