/** A file that is written behind and hashed as its bytes come: what both ends put into a temporary file. */
import { createHash, type Hash } from "node:crypto";
import type { Chunk } from "../protocol/frame/chunk.ts";
import { READ_BYTES } from "./read_into.ts";
import { WriteBehind } from "./write_behind.ts";

/** Length in bytes and SHA-256 in hexadecimal: two files in which both are the same are the same. */
export interface FileDigest {
  readonly size: number;
  readonly sha256: string;
}

/** Called each time when all bytes up to an offset are written, which does not yet make them durable. */
type OnWritten = (offset: number) => void | Promise<void>;

/** An open file that is written from its start to its end. What fails is the error of the operating system. */
export class HashedWriter {
  readonly #file: Deno.FsFile;
  readonly #onWritten: OnWritten;
  readonly #writes = new WriteBehind();
  #hash: Hash = createHash("sha256");
  #size = 0;

  /** @param file empty, or to be read back first */
  constructor(file: Deno.FsFile, onWritten: OnWritten = () => {}) {
    this.#file = file;
    this.#onWritten = onWritten;
  }

  /** Bytes that were taken, or read back. */
  get size(): number {
    return this.#size;
  }

  /** Length and digest of what was taken, or read back. */
  digest(): FileDigest {
    return { size: this.#size, sha256: this.#hash.copy().digest("hex") };
  }

  /** Reads what is there, so that the digest covers it. @param onBytes called with how many bytes came since */
  async readBack(onBytes: (bytes: number) => void): Promise<FileDigest> {
    const buffer = new Uint8Array(READ_BYTES);
    for (let count = await this.#file.read(buffer); count !== null; count = await this.#file.read(buffer)) {
      this.#hash.update(buffer.subarray(0, count));
      this.#size += count;
      onBytes(count);
    }
    return this.digest();
  }

  /** Starts over with nothing. */
  async restart(): Promise<void> {
    this.#hash = createHash("sha256");
    this.#size = 0;
    // A write like any other: `settled` waits for it.
    await this.#writes.start(() => this.#empty());
    await this.#writes.settled();
  }

  async #empty(): Promise<void> {
    await this.#file.truncate(0);
    await this.#file.seek(0, Deno.SeekMode.Start);
    await this.#onWritten(0);
  }

  /**
   * Takes the next bytes, which it owns from now on, and resolves when those before them are written: one piece arrives
   * while another is written.
   */
  async write(chunk: Chunk): Promise<void> {
    const { bytes } = chunk;
    const end = this.#size += bytes.length;
    const before = this.#writes.start(() => this.#append(chunk, end));
    // Beside the writing, not after it.
    this.#hash.update(bytes);
    await before;
  }

  async #append(chunk: Chunk, end: number): Promise<void> {
    {
      using owned = chunk;
      const { bytes } = owned;
      for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
    }
    await this.#onWritten(end);
  }

  /** Resolves when all bytes are written. @throws what a write failed with */
  settled(): Promise<void> {
    return this.#writes.settled();
  }

  /** Resolves when all bytes are written and durable. A sync that failed must not be tried again: it might say that all is well. */
  async sync(): Promise<void> {
    await this.#writes.settled();
    await this.#file.sync();
  }

  /** Closes the file, when nothing is being written any more. */
  async close(): Promise<void> {
    // A caller that needed these bytes knows of a failure by then.
    await this.#writes.settled().catch(() => {});
    this.#file.close();
  }
}
