/** What a file or folder looks like in a listing. */
import { mtimeOf } from "../../files/file_time.ts";

/** What a path names. */
export type EntryType = "file" | "folder" | "link" | "other";

/** One line of a listing: `size` in bytes (0 for a folder), `mtime` in ms since 1970 (0 where none is known), `mode` the POSIX bits. */
export interface Entry {
  readonly name: string;
  readonly entry: EntryType;
  readonly size: number;
  readonly mtime: number;
  readonly mode: number;
}

/** One line of the listing of a tree; `name` is a path below its top. `mount`: something is mounted on this folder. */
export interface TreeEntry extends Entry {
  readonly sha256?: string;
  readonly mount?: boolean;
}

/** The line of one entry. */
export function entryOf(name: string, info: Deno.FileInfo): Entry {
  return {
    name,
    entry: typeOf(info),
    size: info.isFile ? info.size : 0,
    mtime: mtimeOf(info) ?? 0,
    // Where the system has no mode, what we would have given it.
    mode: info.mode === null ? (info.isDirectory ? 0o700 : 0o600) : info.mode & 0o777,
  };
}

function typeOf(info: Deno.FileInfo): EntryType {
  if (info.isFile) return "file";
  if (info.isDirectory) return "folder";
  return info.isSymlink ? "link" : "other";
}

/** Whether two looks saw the same file. Where the system has no inode numbers nothing speaks against it. */
export function isSameFile(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}
