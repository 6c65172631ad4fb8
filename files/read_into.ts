/** Reading that does not fall short. */

/** What is read at a time of a file that is read from its start to its end. */
export const READ_BYTES = 262_144;

/** What is needed of an open file. `Deno.FsFile` is one. */
export interface ReadableFile {
  /** Reads some bytes; `null` at the end. */
  readSync(target: Uint8Array): number | null;
}

/** Reads until `target` is full or the file ends. @returns how many bytes came */
export function readInto(file: ReadableFile, target: Uint8Array): number {
  let filled = 0;
  while (filled < target.length) {
    const count = file.readSync(target.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return filled;
}

/** Memory into which small files are read, one after the other; it grows with the largest. */
export class ReadBuffer {
  #bytes = new Uint8Array(0);

  /**
   * The next bytes of an open file.
   *
   * @param size how many; fewer come when the file has no more
   * @returns a view that lasts until the next call
   */
  read(file: ReadableFile, size: number): Uint8Array {
    if (size > this.#bytes.length) this.#bytes = new Uint8Array(Math.max(size, 2 * this.#bytes.length));
    return this.#bytes.subarray(0, readInto(file, this.#bytes.subarray(0, size)));
  }
}
