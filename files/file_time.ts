/** The time of a file, which may be one that this runtime cannot say, or one that a file system cannot hold. */

/** When content last changed, in whole ms since 1970; `null` when it has no time, or one beyond 8.64e15. */
export function mtimeOf({ mtime }: Pick<Deno.FileInfo, "mtime">): number | null {
  const ms = mtime?.getTime() ?? NaN;
  return Number.isNaN(ms) ? null : ms;
}

/**
 * Gives a file its time, or the nearest that its file system has. Without one (`null`), or where the system sets none,
 * the file keeps that of its writing: its content counts.
 *
 * @param file an open file, or the path of one
 * @param ms since 1970
 */
export function setMtime(file: Deno.FsFile | string, ms: number | null | undefined): void {
  if (ms === null || ms === undefined) return;
  // As a fraction of seconds some milliseconds would be cut off.
  const time = new Date(ms);
  try {
    if (typeof file === "string") Deno.utimeSync(file, time, time);
    else file.utimeSync(time, time);
  } catch {
    // A disk that fails says so when the file is synced.
  }
}
