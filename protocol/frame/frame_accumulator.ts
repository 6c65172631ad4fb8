/** Bytes gathered into one piece, copied only where they do not lie together already. */

const EMPTY = new Uint8Array(0);

/** Collects the bytes of one part of a frame. What lies in its place already is not copied. */
export class Gatherer {
  #length = 0;
  #have = 0;
  #view: Uint8Array = EMPTY;
  #place: Uint8Array | undefined;

  /** Bytes that are here. */
  get have(): number {
    return this.#have;
  }

  /** Bytes still missing. */
  get missing(): number {
    return this.#length - this.#have;
  }

  /** Where the next bytes would need no copy, if there is such a place. */
  get room(): Uint8Array | undefined {
    return this.#place?.subarray(this.#have);
  }

  /** Starts over for a part of so many bytes, which come to lie in `place`, if one is given: it has that length. */
  expect(length: number, place?: Uint8Array): void {
    this.#place = place;
    this.#length = length;
    this.#have = 0;
    this.#view = EMPTY;
  }

  /** Takes up to `missing` bytes of the chunk and returns how many. */
  take(chunk: Uint8Array): number {
    const piece = chunk.length <= this.missing ? chunk : chunk.subarray(0, this.missing);
    const view = this.#view;
    const place = this.#place;
    if (place) {
      if (!isAt(piece, place, this.#have)) place.set(piece, this.#have);
    } else if (this.#have === 0) {
      this.#view = piece;
    } else if (isAt(piece, view, this.#have)) {
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
    return this.#place ?? this.#view;
  }
}

/** Whether a piece lies in memory where `view` has, or would go on at, the offset. */
function isAt(piece: Uint8Array, view: Uint8Array, offset: number): boolean {
  return piece.buffer === view.buffer && piece.byteOffset === view.byteOffset + offset;
}
