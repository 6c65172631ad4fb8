/** What is seen of a file from outside, and whether that is enough to know that its content is the same. */
import { mtimeOf } from "../../files/file_time.ts";

/** Size in bytes, times in ms since 1970; `null` where the system has no such thing. */
export interface Seen {
  readonly size: number;
  readonly mtime: number | null;
  readonly ctime?: number | null;
  readonly ino?: number | null;
}

/** Times of files move in steps: of the system's tick, or of whole seconds, on old file systems of two. */
const TICK_MS = 50;
const COARSE_MS = 2_500;

/** What there is to be seen. */
export function seenOf(info: Deno.FileInfo): Required<Seen> {
  const { size, ctime, ino } = info;
  return { size, mtime: mtimeOf(info), ctime: ctime?.getTime() ?? null, ino };
}

/** Whether a file is the one that was seen, and nothing has been done to it since. */
export function isAsSeen(info: Deno.FileInfo, seen: Seen): boolean {
  const now = seenOf(info);
  return info.isFile && isSameContent(now, seen) && now.ctime === seen.ctime;
}

/** Whether nothing has been written to a file, unless somebody has set its time back: `ctime` moves for names, too. */
export function isSameContent(a: Seen, b: Seen): boolean {
  return a.size === b.size && a.mtime === b.mtime && a.ino === b.ino;
}

/** Whether a file was written to so short a time ago that one more change may leave its time as it is. */
export function isFresh({ mtime }: Seen, now: number): boolean {
  return mtime !== null && Math.abs(now - mtime) < (mtime % 1_000 === 0 ? COARSE_MS : TICK_MS);
}
