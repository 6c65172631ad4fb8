/** Buffers that go round, so that a long transfer does not take fresh memory for each of its pieces. */

/** Buffers of one size. Who forgets to give one back costs only what a fresh one costs. */
export class BufferPool {
  readonly #bytes: number;
  readonly #most: number;
  readonly #free: Uint8Array[] = [];

  /**
   * An empty pool.
   *
   * @param bytes the size of each buffer
   * @param most how many are kept while nobody uses them
   */
  constructor(bytes: number, most: number) {
    this.#bytes = bytes;
    this.#most = most;
  }

  /** A buffer with anything in it. */
  take(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(this.#bytes);
  }

  /** Takes back the buffer behind a view, of which nobody uses anything any more; what is not of this size is left alone. */
  give(view: Uint8Array): void {
    const { buffer } = view;
    const isKept = buffer.byteLength !== this.#bytes || this.#free.some((free) => free.buffer === buffer);
    if (!isKept && this.#free.length < this.#most) this.#free.push(new Uint8Array(buffer));
  }
}
