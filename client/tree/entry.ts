/** What trees are compared by, whichever side they are on. */
import type { Exclude } from "./exclude.ts";

/** A file or folder below the top of a tree. `name` is its path there; bytes, ms since 1970 if the time is known. */
export interface TreeItem {
  readonly name: string;
  readonly entry: "file" | "folder" | "link" | "other";
  readonly size: number;
  readonly mtime: number | null;
  readonly exec: boolean;
  readonly sha256?: string;
  /** Something is mounted on this folder. */
  readonly mount?: boolean;
  /** Of a local file, what else tells that it was not touched since it was looked at: see `Seen`. */
  readonly ctime?: number | null;
  readonly ino?: number | null;
}

/** The folder that holds a name of a tree; the top is the empty name. */
export function parentOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf("/")));
}

/** Whether two files can be taken for the same: by digest where both have one, else by size and time. */
export function isUnchanged(a: TreeItem, b: TreeItem): boolean {
  if (a.size !== b.size) return false;
  if (a.sha256 !== undefined && b.sha256 !== undefined) return a.sha256 === b.sha256;
  return a.mtime !== null && a.mtime === b.mtime;
}

/** What is done with a tree. */
export interface TreeOptions {
  /** Compare digests instead of size and time. */
  readonly checksum: boolean;
  /** What is left out, on both sides. */
  readonly exclude: Exclude;
  /** Replace what is different; without it, `get` refuses to. */
  readonly force: boolean;
  /** Remove what the source does not have; at most so many files and folders, if somebody has said so. */
  readonly remove: boolean;
  readonly mostRemoved: number | undefined;
  /** Remove also when the source has nothing at all. */
  readonly forceEmpty: boolean;
  /** Only say what would be done. */
  readonly dryRun: boolean;
  /** How many connections, if somebody has said so. */
  readonly parallel: number | undefined;
}

/** What was done. Bytes. */
export interface TreeTotals {
  files: number;
  bytes: number;
  unchanged: number;
  removed: number;
  failed: number;
}
