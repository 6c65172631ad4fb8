/** Bytes gathered into one piece, copied only where they do not lie together already. */

const EMPTY = new Uint8Array(0);

/** Collects the bytes of one part of a frame. Neighbouring views of one buffer are joined without a copy. */
export class Gatherer {
  #length = 0;
  #have = 0;
  #view: Uint8Array = EMPTY;

  /** Bytes still missing. */
  get missing(): number {
    return this.#length - this.#have;
  }

  /** Starts over for a part of so many bytes. */
  expect(length: number): void {
    this.#length = length;
    this.#have = 0;
    this.#view = EMPTY;
  }

  /** Takes up to `missing` bytes of the chunk and returns how many. */
  take(chunk: Uint8Array): number {
    const piece = chunk.length <= this.missing ? chunk : chunk.subarray(0, this.missing);
    const view = this.#view;
    if (this.#have === 0) {
      this.#view = piece;
    } else if (view.byteOffset + this.#have === piece.byteOffset && view.buffer === piece.buffer) {
      this.#view = new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, this.#have + piece.length);
    } else {
      // The length was checked against the limits before anything was gathered.
      if (view.length < this.#length) {
        this.#view = new Uint8Array(this.#length);
        this.#view.set(view.subarray(0, this.#have));
      }
      this.#view.set(piece, this.#have);
    }
    this.#have += piece.length;
    return piece.length;
  }

  /** What was gathered. */
  get bytes(): Uint8Array {
    return this.#view;
  }
}
