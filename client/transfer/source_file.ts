/** A local file that is read, and has to stay what it is until it has been read. */
import { createHash } from "node:crypto";
import { openToRead } from "../../files/open.ts";
import type { BufferPool } from "../../protocol/frame/buffer_pool.ts";
import type { FileEnd } from "../../protocol/message/messages.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { chunkBuffers, chunksOf, localFailure, localInfo } from "./file.ts";
import { isFresh, isSameContent, seenOf } from "./seen.ts";

/** An open regular file. That another file gets its name meanwhile changes nothing: what is open is whole. */
export class SourceFile implements Disposable {
  readonly path: string;
  /** What it looked like when it was opened. */
  readonly info: Deno.FileInfo;
  readonly #file: Deno.FsFile;
  readonly #isFresh: boolean;

  private constructor(path: string, file: Deno.FsFile) {
    this.path = path;
    this.#file = file;
    this.info = file.statSync();
    this.#isFresh = isFresh(seenOf(this.info), Date.now());
  }

  /** Opens it. Links are followed. @throws {StatusError} 402, 406, 407 */
  static open(path: string): SourceFile {
    const info = localInfo(path);
    if (!info) throw new StatusError(402, `Local ${quote(path)} does not exist`);
    if (info.isDirectory) throw new StatusError(407, `Local ${quote(path)} is a folder`);
    if (!info.isFile) throw new StatusError(407, `Local ${quote(path)} is not a regular file`);
    try {
      const source = new SourceFile(path, openToRead(path));
      // What was looked at may not be what was opened.
      if (source.info.isFile) return source;
      source[Symbol.dispose]();
      throw new StatusError(407, `Local ${quote(path)} is not a regular file`);
    } catch (error) {
      throw localFailure(error, path);
    }
  }

  /** Its content from where it stands, in chunks, at most `most` bytes; give them back to the buffers. */
  chunks(most: number, buffers: BufferPool): ReadableStream<Uint8Array> {
    return chunksOf(this.#file, most, buffers);
  }

  /** Goes back to its start. */
  rewind(): void {
    this.#file.seekSync(0, Deno.SeekMode.Start);
  }

  /** Length and digest of all of it. @throws {StatusError} 409 when it changed meanwhile */
  async digest(onBytes: (bytes: number) => void): Promise<FileEnd> {
    const all = await this.#hash(onBytes);
    await this.checkUnchanged(all, "read");
    return all;
  }

  /**
   * Makes sure that what was read is the file as it was when it was opened, and no mixture of two.
   *
   * @param read length and digest of what was read
   * @param done what was done with it, for the sentence
   * @throws {StatusError} 409 when it is not
   */
  async checkUnchanged(read: FileEnd, done: "read" | "sent"): Promise<void> {
    const [before, now] = [seenOf(this.info), seenOf(this.#file.statSync())];
    if (read.size !== before.size || !isSameContent(now, before)) throw this.#changed(done);
    // Its name or mode may have changed since, or its content and then its time: only the content can tell.
    if (now.ctime === before.ctime && !this.#isFresh) return;
    const again = await this.#hash(() => {});
    if (again.size !== read.size || again.sha256 !== read.sha256) throw this.#changed(done);
  }

  async #hash(onBytes: (bytes: number) => void): Promise<FileEnd> {
    this.rewind();
    const hash = createHash("sha256");
    let size = 0;
    const buffers = chunkBuffers();
    for await (const chunk of this.chunks(Infinity, buffers)) {
      hash.update(chunk);
      size += chunk.length;
      onBytes(chunk.length);
      buffers.give(chunk);
    }
    return { size, sha256: hash.digest("hex") };
  }

  #changed(done: "read" | "sent"): StatusError {
    return new StatusError(409, `Local ${quote(this.path)} changed while it was ${done}`);
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** Length and digest of a local file. @throws {StatusError} as `SourceFile.open` and `SourceFile.digest` */
export async function hashLocal(path: string, onBytes: (bytes: number) => void): Promise<FileEnd> {
  using source = SourceFile.open(path);
  return await source.digest(onBytes);
}
