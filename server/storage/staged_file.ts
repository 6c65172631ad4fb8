/** A file in staging: written behind, hashed as it comes, synced before it counts. */
import { createHash } from "node:crypto";

/** Bytes on their way into a file that no user sees yet. */
export class StagedFile {
  readonly path: string;
  readonly #file: Deno.FsFile;
  readonly #hash = createHash("sha256");
  #size = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, file: Deno.FsFile) {
    this.path = path;
    this.#file = file;
  }

  /** Creates it; only its owner may read it. */
  static create(path: string): StagedFile {
    return new StagedFile(path, Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }));
  }

  /** Bytes given so far. */
  get size(): number {
    return this.#size;
  }

  /** Takes the next bytes. They are written while the next are on their way: the chunk must not be changed any more. */
  async write(chunk: Uint8Array): Promise<void> {
    await this.#writing;
    this.#size += chunk.length;
    this.#writing = writeAll(this.#file, chunk);
    // The next call, or `finish`, throws it.
    this.#writing.catch(() => {});
    this.#hash.update(chunk);
  }

  /** Waits until all bytes are written and durable. A sync that failed is not tried again: the file is lost. */
  async finish(): Promise<{ size: number; sha256: string }> {
    await this.#writing;
    await this.#file.sync();
    return { size: this.#size, sha256: this.#hash.digest("hex") };
  }

  /** Closes it, when nothing is being written any more. */
  async close(): Promise<void> {
    await this.#writing.catch(() => {});
    this.#file.close();
  }
}

async function writeAll(file: Deno.FsFile, chunk: Uint8Array): Promise<void> {
  let at = 0;
  while (at < chunk.length) at += await file.write(chunk.subarray(at));
}
