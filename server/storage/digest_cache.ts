/** Digests that were computed once, for as long as the files they are of are untouched. */

const MOST_ENTRIES = 65_536;
/** The time of change comes in whole seconds: two changes within one cannot be told apart. */
const SETTLED_MS = 2_000;

/** What a digest belongs to: any write, and any rename, changes the time of change. */
function stampOf({ size, mtime, ctime }: Deno.FileInfo): string {
  return `${size} ${mtime?.getTime()} ${ctime?.getTime()}`;
}

/** Digests by file. Where the system has no inode numbers or times of change, nothing is remembered. */
export class DigestCache {
  readonly #entries = new Map<string, { stamp: string; sha256: string }>();

  /** The digest of a file as it is now, if it is known. */
  find(info: Deno.FileInfo): string | undefined {
    const entry = this.#entries.get(`${info.dev}:${info.ino}`);
    return entry && entry.stamp === stampOf(info) ? entry.sha256 : undefined;
  }

  /** Remembers a digest; the longest known makes room. A file that changed just now may change again in the same tick. */
  set(info: Deno.FileInfo, sha256: string): void {
    if (info.ino === null || info.ctime === null || Date.now() - info.ctime.getTime() < SETTLED_MS) return;
    const key = `${info.dev}:${info.ino}`;
    this.#entries.delete(key);
    if (this.#entries.size >= MOST_ENTRIES) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(key, { stamp: stampOf(info), sha256 });
  }
}
