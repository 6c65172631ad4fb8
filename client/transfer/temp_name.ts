/** The names of temporary files: random, so that they meet no name that a user or a server has. */

/** What a name of ours says. `isOfTree`: a small file of a tree. */
export interface TempName {
  readonly id: string;
  readonly isOfTree: boolean;
}

/** What all of them begin with. */
export const TEMP_PREFIX = ".ftp-";

const TEMP_NAME = /^\.ftp-([0-9a-f]{32})(-\d+)?$/;

/** 128 random bits in hexadecimal. */
export function newId(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}

/** The temporary file of one download. */
export function downloadTemp(id: string): string {
  return `${TEMP_PREFIX}${id}`;
}

/** The nth temporary file of a tree's small files. */
export function treeTemp(id: string, n: number): string {
  return `${TEMP_PREFIX}${id}-${n}`;
}

/** Reads a name; `undefined` when it cannot be ours. Whether it is ours is for the records to say: see `TempFiles`. */
export function readTempName(name: string): TempName | undefined {
  const match = TEMP_NAME.exec(name);
  return match ? { id: match[1]!, isOfTree: match[2] !== undefined } : undefined;
}
