/** What a file or folder looks like in a listing. */
import { mtimeOf } from "../../files/file_time.ts";
import type { EntryType, ListingEntry } from "../../protocol/message/commands.ts";

/** The facts of one entry: `size` in bytes (0 for a folder), `mtime` in ms (0 where none can be said), `mode` the POSIX bits. */
export function entryOf(name: string, info: Deno.FileInfo): ListingEntry & { mtime: number } {
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
