/** The truth behind `used`: what a home's files add up to. */
import { join } from "@std/path";
import type { DatabaseSync } from "node:sqlite";
import { isStagingName } from "../files/staging_name.ts";
import { StatusError } from "../protocol/status.ts";

const RECOUNT_TRIES = 5;

/**
 * The sizes of all regular files under a folder, in bytes; links are not followed; 0 where there is no folder. What waits
 * in staging at the top of a volume does not count.
 *
 * @param onStaging told of each such folder
 */
export function bytesUnder(folder: string, onStaging: (folder: string) => void = () => {}): number {
  let bytes = 0;
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const entry of entriesOf(next)) {
      const path = join(next, entry.name);
      if (entry.isDirectory && isStagingName(entry.name)) onStaging(path);
      else if (entry.isDirectory) waiting.push(path);
      else if (entry.isFile) bytes += sizeOf(path);
    }
  }
  return bytes;
}

function entriesOf(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch (error) {
    // It went away while we walked, or is closed to us, and so to every user: the `lost+found` of a volume is.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return [];
    throw error;
  }
}

function sizeOf(path: string): number {
  try {
    return Deno.lstatSync(path).size;
  } catch (error) {
    // It went away, or its name is not Unicode and it cannot be reached through Deno.
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/**
 * Brings `used` back to what the home holds. A booking in the middle makes the walk start over.
 *
 * @param database the account database
 * @param userId whose
 * @param home that user's folder
 * @param options `onStaging`: see `bytesUnder`
 * @returns bytes before and after
 * @throws {StatusError} 503 when the home changes all the time
 */
export function recount(
  database: DatabaseSync,
  userId: number,
  home: string,
  { onStaging }: { onStaging?: (folder: string) => void } = {},
): { before: number; after: number } {
  const read = database.prepare("SELECT used, changes FROM users WHERE id = ?");
  const write = database.prepare("UPDATE users SET used = ?, changes = changes + 1 WHERE id = ? AND changes = ?");
  for (let i = 0; i < RECOUNT_TRIES; i++) {
    const row = read.get(userId);
    if (!row) throw new StatusError(402, "The account is gone");
    const after = bytesUnder(home, onStaging);
    if (write.run(after, userId, row.changes as number).changes === 1) return { before: row.used as number, after };
  }
  throw new StatusError(503, "The home changes too fast to be counted; try again when it is quiet");
}
