/** What is transferred: random bytes, so that nothing can be compressed away, and a count of what arrived. */
import { join } from "@std/path";

const CHUNK_BYTES = 1 << 20;
/** The most that `getRandomValues` gives at once. */
const RANDOM_BYTES = 1 << 16;

function fillRandom(bytes: Uint8Array<ArrayBuffer>): void {
  for (let at = 0; at < bytes.length; at += RANDOM_BYTES) {
    crypto.getRandomValues(bytes.subarray(at, at + RANDOM_BYTES));
  }
}

/** Writes one file of random bytes. */
export function makeFile(path: string, bytes: number): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let left = bytes; left > 0;) {
    const part = chunk.subarray(0, Math.min(left, chunk.length));
    fillRandom(part);
    for (let at = 0; at < part.length;) at += file.writeSync(part.subarray(at));
    left -= part.length;
  }
}

/** Writes `files` files of `bytes` random bytes each into `folders` folders below `path`. */
export function makeTree(path: string, { files, folders, bytes }: { files: number; folders: number; bytes: number }) {
  const content = new Uint8Array(bytes);
  const folderOf = (index: number) => join(path, `folder-${index % folders}`);
  for (let index = 0; index < Math.min(folders, files); index++) Deno.mkdirSync(folderOf(index), { recursive: true });
  for (let index = 0; index < files; index++) {
    fillRandom(content);
    Deno.writeFileSync(join(folderOf(index), `file-${index}.bin`), content, { createNew: true });
  }
}

/** Copies the files and folders of a tree, without links, sockets and devices, which not everybody transfers. */
export function copyTree(from: string, to: string): void {
  Deno.mkdirSync(to);
  for (const { name, isFile, isDirectory } of Deno.readDirSync(from)) {
    if (isFile) Deno.copyFileSync(join(from, name), join(to, name));
    else if (isDirectory) copyTree(join(from, name), join(to, name));
  }
}

/** The same tree or file a second time, without a second copy of the bytes. */
export function linkTree(from: string, to: string): void {
  if (Deno.lstatSync(from).isFile) return Deno.linkSync(from, to);
  Deno.mkdirSync(to);
  for (const { name } of Deno.readDirSync(from)) linkTree(join(from, name), join(to, name));
}

/** What is in a tree. */
export interface Census {
  readonly files: number;
  readonly bytes: number;
}

/** Counts the regular files of a tree and their bytes. */
export function census(path: string): Census {
  let [files, bytes] = [0, 0];
  for (const { name, isFile, isDirectory } of Deno.readDirSync(path)) {
    if (isFile) {
      files++;
      bytes += Deno.lstatSync(join(path, name)).size;
    } else if (isDirectory) {
      const below = census(join(path, name));
      files += below.files;
      bytes += below.bytes;
    }
  }
  return { files, bytes };
}

/** @throws {Error} when a tree is not what was sent */
export function checkTree(path: string, wanted: Census): void {
  const found = census(path);
  if (found.files === wanted.files && found.bytes === wanted.bytes) return;
  throw new Error(
    `${found.files} files of ${found.bytes} bytes arrived instead of ${wanted.files} of ${wanted.bytes} bytes`,
  );
}
