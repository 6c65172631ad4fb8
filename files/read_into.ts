/** Reading that does not fall short. */

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
