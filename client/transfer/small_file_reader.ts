/** Small local files, read whole. */
import { createHash } from "node:crypto";
import { mtimeOf } from "../../files/file_time.ts";
import { readInto } from "../../files/read_into.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { isExecutable, localFailure, lookAt } from "./file.ts";
import { isAsSeen, isFresh, type Seen, seenOf } from "./seen.ts";

/** So often a file is read until it holds still. */
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
  #buffer = new Uint8Array(0);

  /**
   * The content of a file and what goes with it.
   *
   * @param seen what it looked like; its size is the one that was promised
   * @throws {StatusError} 409 when it is not as large as it was, or does not hold still while it is read
   */
  read(path: string, seen: Seen): ReadFile {
    if (seen.size > this.#buffer.length) this.#buffer = new Uint8Array(Math.max(seen.size, 2 * this.#buffer.length));
    try {
      using file = Deno.openSync(path, { read: true });
      const content = this.#fill(file, seen.size);
      // One look is enough for nearly all: it says that the file is as it was before it was read.
      const info = lookAt(path);
      const isAsItWas = info !== undefined && isAsSeen(info, seen) && !isFresh(seen, Date.now());
      if (isAsItWas && content.length === seen.size) return readFile(content, { info, sha256: digestOf(content) });
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
      const content = this.#fill(file, size);
      const info = file.statSync();
      if (content.length !== size || info.size !== size) break;
      const sha256 = digestOf(content);
      const isStill = isAsSeen(info, before);
      if (isStill && (sha256 === last || !isFresh(before, Date.now()))) return readFile(content, { info, sha256 });
      last = isStill ? sha256 : "";
    }
    throw new StatusError(409, `Local ${quote(path)} changed while it was sent`);
  }

  /** As much as was promised, or fewer bytes when there are no more. */
  #fill(file: Deno.FsFile, size: number): Uint8Array {
    return this.#buffer.subarray(0, readInto(file, this.#buffer.subarray(0, size)));
  }
}

function digestOf(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function readFile(content: Uint8Array, { info, sha256 }: { info: Deno.FileInfo; sha256: string }): ReadFile {
  return { content, sha256, mtime: mtimeOf(info), exec: isExecutable(info) };
}
