/** The truth behind `used`: what a home's files add up to. */
import { join } from "@std/path";
import type { DatabaseSync } from "node:sqlite";
import { entriesIfThere, lookAt } from "../files/lookup.ts";
import { isStagingName } from "../files/staging_name.ts";
import { StatusError } from "../protocol/status.ts";

const RECOUNT_TRIES = 5;

/** Stands in a name for bytes that are not UTF-8, so that nothing is found by it; a name may also really hold it. */
const UNREADABLE = "\ufffd";

/** Hears of a folder or file that is there and cannot be read, and why. */
export type OnUnread = (path: string, error: unknown) => void;

/** What hears of things on the way. */
export interface CountOptions {
  /** Hears of each folder at the top of a volume in which uploads wait: what is there does not count. */
  readonly onStaging?: (folder: string) => void;
  readonly onUnread?: OnUnread;
}

/**
 * The sizes of all regular files under a folder, in bytes; links are not followed; 0 where there is no folder. What cannot
 * be read counts nothing, and so does what cannot be reached, since it has a name that is not UTF-8 or is below one.
 */
export function bytesUnder(folder: string, { onStaging = () => {}, onUnread = () => {} }: CountOptions = {}): number {
  let bytes = 0;
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const { name, isDirectory, isFile } of entriesIn(next, onUnread)) {
      const path = join(next, name);
      if (isDirectory && isStagingName(name)) onStaging(path);
      else if (isDirectory) waiting.push(path);
      else if (isFile) bytes += sizeOf(path, onUnread);
    }
  }
  return bytes;
}

function entriesIn(folder: string, onUnread: OnUnread): Deno.DirEntry[] {
  try {
    const entries = entriesIfThere(folder);
    if (!entries.some(({ name }) => name.includes(UNREADABLE))) return entries;
    return reachable(folder, entries);
  } catch (error) {
    onUnread(folder, error);
    return [];
  }
}

/** The entries by which something is found, each once: two names may look the same, and what they name may differ. */
function reachable(folder: string, entries: readonly Deno.DirEntry[]): Deno.DirEntry[] {
  const found = new Map(entries.map((entry) => [entry.name, entry]));
  for (const [name] of found) {
    if (!name.includes(UNREADABLE)) continue;
    const info = lookAt(join(folder, name));
    if (!info) found.delete(name);
    else found.set(name, { name, isFile: info.isFile, isDirectory: info.isDirectory, isSymlink: info.isSymlink });
  }
  return [...found.values()];
}

function sizeOf(path: string, onUnread: OnUnread): number {
  try {
    return lookAt(path)?.size ?? 0;
  } catch (error) {
    onUnread(path, error);
    return 0;
  }
}

/**
 * Brings `used` back to what the home holds. A booking in the middle makes the walk start over. What is closed to us, as
 * the `lost+found` of a volume is, is nobody's; where the disk fails at something, `used` does not become less.
 *
 * @param database the account database
 * @param userId whose
 * @param home that user's folder
 * @param options `onStaging`, `onUnread`: see `bytesUnder`
 * @returns bytes before and after
 * @throws {StatusError} 503 when the home changes all the time
 */
export function recount(
  database: DatabaseSync,
  userId: number,
  home: string,
  { onStaging, onUnread = () => {} }: CountOptions = {},
): { before: number; after: number } {
  const read = database.prepare("SELECT used, changes FROM users WHERE id = ?");
  const write = database.prepare("UPDATE users SET used = ?, changes = changes + 1 WHERE id = ? AND changes = ?");
  for (let i = 0; i < RECOUNT_TRIES; i++) {
    const row = read.get(userId);
    if (!row) throw new StatusError(402, "The account is gone");
    const unread: Parameters<OnUnread>[] = [];
    const note: OnUnread = (...what) => unread.push(what);
    const counted = bytesUnder(home, onStaging ? { onStaging, onUnread: note } : { onUnread: note });
    const before = row.used as number;
    const isSure = unread.every(([, error]) => error instanceof Deno.errors.PermissionDenied);
    const after = isSure ? counted : Math.max(before, counted);
    if (write.run(after, userId, row.changes as number).changes === 0) continue;
    for (const what of unread) onUnread(...what);
    return { before, after };
  }
  throw new StatusError(503, "The home changes too fast to be counted; try again when it is quiet");
}
