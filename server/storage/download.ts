/** A file opened for reading: chunks in order, hashed as they go. */
import { createHash } from "node:crypto";
import { mtimeOf } from "../../files/file_time.ts";
import type { FileDigest } from "../../files/hashed_writer.ts";
import { infoOf, realPathOf } from "../../files/lookup.ts";
import { openToReadAside } from "../../files/open.ts";
import { READ_BYTES } from "../../files/read_into.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import type { DigestCache } from "./digest_cache.ts";
import { entryOf, isSameFile } from "./entry.ts";
import { osFailure } from "./os_error.ts";
import type { OnWork } from "./work.ts";

/** What a download works with. */
export interface DownloadParts {
  /** What is known of files. */
  readonly digests: DigestCache;
  readonly onWork: OnWork;
}

/** One open file. What it reads is one version: a file that changes under it fails. */
export class Download implements Disposable {
  readonly size: number;
  readonly mtime: number;
  readonly mode: number;
  readonly #file: Deno.FsFile;
  readonly #path: string;
  readonly #digests: DigestCache;
  readonly #onWork: OnWork;
  /** The digest, when it is known before the file is read. */
  readonly #known: string | undefined;
  #hash = createHash("sha256");
  #read = 0;

  private constructor(
    file: Deno.FsFile,
    { info, path, digests, onWork }: DownloadParts & { info: Deno.FileInfo; path: string },
  ) {
    ({ size: this.size, mtime: this.mtime, mode: this.mode } = entryOf("", info));
    this.#file = file;
    this.#path = path;
    this.#digests = digests;
    this.#onWork = onWork;
    this.#known = digests.find(info);
  }

  /**
   * Opens a regular file.
   *
   * @param real where it is on disk, out of the jail's hands
   * @param path the name the user knows it by
   * @throws {StatusError} 407 when it is not a regular file, 406 when it was swapped in between
   */
  static async open(real: string, path: string, parts: DownloadParts): Promise<Download> {
    try {
      const seen = infoOf(real);
      if (seen.isDirectory) throw new StatusError(407, `${quote(path)} is a folder`);
      if (!seen.isFile) throw new StatusError(407, `${quote(path)} is not a regular file`);
      using opened = new DisposableStack();
      const file = opened.use(await openToReadAside(real));
      const info = file.statSync();
      // Whoever swaps a folder for a link has to be quick, more than once.
      const isRight = isSameFile(seen, info) && realPathOf(real) === real &&
        isSameFile(infoOf(real), info);
      if (!isRight) throw new StatusError(406, `${quote(path)} was replaced while it was opened`);
      opened.move();
      return new Download(file, { ...parts, info, path });
    } catch (error) {
      throw osFailure(error, path);
    }
  }

  /**
   * Skips what the client has already, if it is the same.
   *
   * @param prefix length and digest of what the client has
   * @returns whether it is; if not, nothing is skipped
   */
  async skip(prefix: FileDigest): Promise<boolean> {
    if (prefix.size > this.size) return false;
    const buffer = new Uint8Array(READ_BYTES);
    while (this.#read < prefix.size) {
      const chunk = await this.#next(buffer.subarray(0, prefix.size - this.#read));
      if (!chunk) break;
      this.#hash.update(chunk);
    }
    if (this.#hash.copy().digest("hex") === prefix.sha256) return true;
    await this.#file.seek(0, Deno.SeekMode.Start);
    this.#hash = createHash("sha256");
    this.#read = 0;
    return false;
  }

  /**
   * The next chunk, `undefined` at the end.
   *
   * @param buffer where it is read into; the chunk is a view of it
   * @throws {StatusError} 409 when the file became shorter or longer than it was
   */
  async read(buffer: Uint8Array): Promise<Uint8Array | undefined> {
    const chunk = await this.#next(buffer);
    if (chunk && !this.#known) this.#hash.update(chunk);
    return chunk;
  }

  /** Length and digest of the whole file; it is read for that only when they are not known. */
  async digest(): Promise<FileDigest> {
    if (this.#known !== undefined) return { size: this.size, sha256: this.#known };
    const buffer = new Uint8Array(READ_BYTES);
    while (await this.read(buffer));
    return this.finish();
  }

  async #next(buffer: Uint8Array): Promise<Uint8Array | undefined> {
    let count: number | null;
    try {
      count = await this.#file.read(buffer);
    } catch (error) {
      throw osFailure(error, this.#path);
    }
    const chunk = buffer.subarray(0, count ?? 0);
    this.#read += chunk.length;
    this.#onWork(chunk.length);
    if (this.#read > this.size || (count === null && this.#read < this.size)) throw this.#changed();
    return count === null ? undefined : chunk;
  }

  /**
   * The digest of the whole file, all of which was read.
   *
   * @throws {StatusError} 409 when the file was written to in the meantime
   */
  finish(): FileDigest {
    const info = this.#file.statSync();
    if (info.size !== this.size || (mtimeOf(info) ?? 0) !== this.mtime) throw this.#changed();
    const sha256 = this.#known ?? this.#hash.digest("hex");
    this.#digests.set(info, sha256);
    return { size: this.#read, sha256 };
  }

  #changed(): StatusError {
    return new StatusError(409, `${quote(this.#path)} changed while it was read`);
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
