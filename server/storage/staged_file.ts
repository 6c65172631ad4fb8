/** A file in staging: written behind, hashed as it comes, synced before it counts. */
import { type FileDigest, HashedWriter } from "../../files/hashed_writer.ts";
import { createPrivate, openToChange } from "../../files/open.ts";
import type { Chunk } from "../../protocol/frame/chunk.ts";
import type { OnWork } from "./work.ts";

/** A part is made durable each time that so much has come, or so much time has passed. */
const SYNC_BYTES = 64 * 1024 ** 2;
const SYNC_MS = 5_000;

/** Called each time when more of the file is durable. */
type OnDurable = (offset: number) => void;

/** Bytes on their way into a file that no user sees yet. */
export class StagedFile {
  readonly path: string;
  readonly #file: Deno.FsFile;
  readonly #writer: HashedWriter;
  readonly #onDurable: OnDurable;
  #durable = 0;
  #durableAt = performance.now();

  private constructor(path: string, file: Deno.FsFile, onDurable: OnDurable) {
    this.path = path;
    this.#file = file;
    this.#writer = new HashedWriter(file, (offset) => this.#noteWritten(offset));
    this.#onDurable = onDurable;
  }

  /** Creates it; only its owner may read it. */
  static create(path: string, onDurable: OnDurable): StagedFile {
    return new StagedFile(path, createPrivate(path), onDurable);
  }

  /**
   * Opens what an interrupted upload left, and reads it once: the digest covers the whole file.
   *
   * @param size how much of it is durable; the rest is cut off
   * @returns `undefined` when there is less than that
   */
  static async reopen(
    path: string,
    size: number,
    { onDurable, onWork }: { onDurable: OnDurable; onWork: OnWork },
  ): Promise<StagedFile | undefined> {
    using opened = new DisposableStack();
    const file = opened.use(openToChange(path));
    const staged = new StagedFile(path, file, onDurable);
    await file.truncate(Math.min(size, (await file.stat()).size));
    const there = await staged.#writer.readBack(onWork);
    if (there.size !== size) return undefined;
    staged.#noteDurable(size);
    opened.move();
    return staged;
  }

  /** Bytes given so far. */
  get size(): number {
    return this.#writer.size;
  }

  /** Length and digest of what is there now. */
  digest(): FileDigest {
    return this.#writer.digest();
  }

  /** Starts over with nothing. */
  restart(): Promise<void> {
    return this.#writer.restart();
  }

  /** Takes the next bytes, which it owns from now on, and resolves when those before them are written. */
  write(chunk: Chunk): Promise<void> {
    return this.#writer.write(chunk);
  }

  async #noteWritten(offset: number): Promise<void> {
    if (offset === 0) {
      this.#noteDurable(0);
      return this.#onDurable(0);
    }
    const isDue = offset - this.#durable >= SYNC_BYTES || performance.now() - this.#durableAt >= SYNC_MS;
    if (isDue) await this.#sync(offset);
  }

  async #sync(offset: number): Promise<void> {
    await this.#file.sync();
    this.#noteDurable(offset);
    this.#onDurable(offset);
  }

  #noteDurable(offset: number): void {
    this.#durable = offset;
    this.#durableAt = performance.now();
  }

  /** Waits until all bytes are written and durable. A sync that failed is not tried again: the file is lost. */
  async finish(): Promise<FileDigest> {
    await this.#writer.sync();
    return this.digest();
  }

  /** Makes durable what is there, for later. */
  async suspend(): Promise<void> {
    await this.#writer.settled();
    if (this.#durable < this.size) await this.#sync(this.size);
  }

  /** Closes it, when nothing is being written any more. */
  close(): Promise<void> {
    return this.#writer.close();
  }
}
