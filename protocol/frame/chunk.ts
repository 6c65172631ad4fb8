/** Bytes with one owner at a time, and the pool that their memory comes from and goes back to. */

/**
 * Some bytes and the memory that they lie in. There is one owner: it hands the chunk on, detaches its memory, or disposes of
 * it; the memory of a pool goes back there. Disposing a second time does nothing; reading after that is an error.
 */
export class Chunk implements Disposable {
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  readonly #pool: Pick<ChunkPool, "give"> | undefined;

  /**
   * A chunk of bytes.
   *
   * @param bytes what it holds
   * @param pool where its memory belongs, which nothing else uses; without one the memory may be shared with other chunks
   */
  constructor(bytes: Uint8Array<ArrayBuffer>, pool?: Pick<ChunkPool, "give">) {
    this.#bytes = bytes;
    this.#pool = pool;
  }

  /** The bytes, as long as this chunk is owned. @throws {Error} when it was disposed of or detached */
  get bytes(): Uint8Array<ArrayBuffer> {
    if (!this.#bytes) throw new Error("A chunk was used after it had been disposed of");
    return this.#bytes;
  }

  /** How many bytes it holds. @throws {Error} as `bytes` does */
  get length(): number {
    return this.bytes.length;
  }

  /** Leaves only the first bytes, such as those that a read has filled. */
  shorten(length: number): this {
    this.#bytes = this.bytes.subarray(0, length);
    return this;
  }

  /**
   * The bytes in memory of their own, to be posted to another isolate; this chunk is then used up. Memory that is shared
   * with others is copied.
   *
   * @returns a view whose buffer can be transferred: nothing else uses it
   */
  detach(): Uint8Array<ArrayBuffer> {
    const bytes = this.#pool ? this.bytes : this.bytes.slice();
    this.#bytes = undefined;
    return bytes;
  }

  /** Gives the memory back to its pool. */
  [Symbol.dispose](): void {
    const bytes = this.#bytes;
    this.#bytes = undefined;
    if (bytes) this.#pool?.give(bytes.buffer);
  }
}

/** Memory in pieces of one size that goes round, so that a long transfer does not take fresh memory for each chunk. */
export class ChunkPool {
  readonly #bytes: number;
  readonly #most: number;
  readonly #free: ArrayBuffer[] = [];

  /**
   * An empty pool.
   *
   * @param bytes the size of each piece
   * @param most how many are kept while no chunk uses them
   */
  constructor(bytes: number, most: number) {
    this.#bytes = bytes;
    this.#most = most;
  }

  /** A chunk with anything in it, of at most the size of a piece; one that is larger has memory of its own. */
  take(length: number = this.#bytes): Chunk {
    const buffer = length <= this.#bytes ? this.#free.pop() : undefined;
    return new Chunk(new Uint8Array(buffer ?? new ArrayBuffer(Math.max(length, this.#bytes)), 0, length), this);
  }

  /** @internal Takes back the memory of a chunk; what is of another size, or one too many, is left to the collector. */
  give(buffer: ArrayBuffer): void {
    if (buffer.byteLength === this.#bytes && this.#free.length < this.#most) this.#free.push(buffer);
  }
}
