/** A file in staging: written behind, hashed as it comes, synced before it counts. */
import { createHash, type Hash } from "node:crypto";
import { DATA_FRAME_BYTES } from "../../protocol/limits.ts";
import { WriteBehind } from "../../files/write_behind.ts";
import type { OnWork } from "./work.ts";

/** A part is made durable each time so much has come, or so much time has passed. */
const SYNC_BYTES = 64 * 1024 ** 2;
const SYNC_MS = 5_000;

/** Told each time when more of the file is durable. */
type OnDurable = (offset: number) => void;

/** Bytes on their way into a file that no user sees yet. */
export class StagedFile {
  readonly path: string;
  readonly #file: Deno.FsFile;
  readonly #onDurable: OnDurable;
  #hash: Hash;
  #size: number;
  #durable: number;
  #durableAt = performance.now();
  readonly #writes = new WriteBehind();

  private constructor(
    path: string,
    { file, onDurable, hash, size }: { file: Deno.FsFile; onDurable: OnDurable; hash: Hash; size: number },
  ) {
    this.path = path;
    this.#file = file;
    this.#onDurable = onDurable;
    this.#hash = hash;
    this.#size = this.#durable = size;
  }

  /** Creates it; only its owner may read it. */
  static create(path: string, onDurable: OnDurable): StagedFile {
    const file = Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
    return new StagedFile(path, { file, onDurable, hash: createHash("sha256"), size: 0 });
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
    const file = await Deno.open(path, { read: true, write: true });
    const hash = createHash("sha256");
    let read = 0;
    try {
      await file.truncate(Math.min(size, (await file.stat()).size));
      const buffer = new Uint8Array(DATA_FRAME_BYTES);
      for (let count = await file.read(buffer); count !== null; count = await file.read(buffer)) {
        hash.update(buffer.subarray(0, count));
        read += count;
        onWork(count);
      }
      if (read === size) return new StagedFile(path, { file, onDurable, hash, size });
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
    return undefined;
  }

  /** Bytes given so far. */
  get size(): number {
    return this.#size;
  }

  /** The digest of what is there now. */
  get digest(): string {
    return this.#hash.copy().digest("hex");
  }

  /** Starts over with nothing. */
  async restart(): Promise<void> {
    this.#hash = createHash("sha256");
    this.#size = this.#durable = 0;
    // A write like any other: who takes over waits for it.
    await this.#writes.start(() => this.#empty());
    await this.#writes.settled();
  }

  async #empty(): Promise<void> {
    await this.#file.truncate(0);
    await this.#file.seek(0, Deno.SeekMode.Start);
    this.#onDurable(0);
  }

  /**
   * Takes the next bytes, and resolves when those before them are written: one piece arrives while another is written.
   *
   * @param onWritten called when the chunk may be changed
   */
  async write(chunk: Uint8Array, onWritten?: () => void): Promise<void> {
    const end = this.#size += chunk.length;
    const before = this.#writes.start(() => this.#append(chunk, end), onWritten);
    // Beside the writing, not after it.
    this.#hash.update(chunk);
    await before;
  }

  async #append(chunk: Uint8Array, end: number): Promise<void> {
    for (let at = 0; at < chunk.length;) at += await this.#file.write(chunk.subarray(at));
    const isDue = end - this.#durable >= SYNC_BYTES || performance.now() - this.#durableAt >= SYNC_MS;
    if (isDue) await this.#sync(end);
  }

  async #sync(end: number): Promise<void> {
    await this.#file.sync();
    this.#durable = end;
    this.#durableAt = performance.now();
    this.#onDurable(end);
  }

  /** Waits until all bytes are written and durable. A sync that failed is not tried again: the file is lost. */
  async finish(): Promise<{ size: number; sha256: string }> {
    await this.#writes.settled();
    await this.#file.sync();
    return { size: this.#size, sha256: this.digest };
  }

  /** Makes durable what is there, for later. */
  async suspend(): Promise<void> {
    await this.#writes.settled();
    if (this.#durable < this.#size) await this.#sync(this.#size);
  }

  /** Closes it, when nothing is being written any more. */
  async close(): Promise<void> {
    // Whoever needed these bytes has been told by then.
    await this.#writes.settled().catch(() => {});
    this.#file.close();
  }
}
