/** What a start puts right after a server that did not stop by itself. */
import { basename, dirname, join } from "@std/path";
import type { DatabaseSync } from "node:sqlite";
import { infoOf, lookAt, namesIfThere } from "../files/lookup.ts";
import { remove } from "../files/remove.ts";
import { HAS_VOLUME_STAGING } from "../files/staging_name.ts";
import { reasonOf } from "../console/reason.ts";
import { type Account, Accounts } from "../users/accounts.ts";
import { recount } from "../users/recount.ts";
import type { Root } from "../users/root.ts";
import type { UploadRecords } from "../users/upload_records.ts";
import type { Log } from "./log/log.ts";
import { whyNotServed } from "./storage/served.ts";
import { stagedFiles, type UserPlace } from "./storage/user_place.ts";

/** Says at the end that there is nothing to put right next time. */
export interface Recovery {
  finish(): void;
}

/** What it works on. */
export interface RecoveryParts {
  readonly root: Root;
  readonly records: UploadRecords;
  readonly log: Log;
  /** See `StagingOptions`. */
  readonly hidden: string;
  placeOf(account: Account): UserPlace;
}

/**
 * Brings records and staging together again, and, when the last server did not stop by itself, counts every home anew. What
 * cannot be done for one home is logged, and the others are served. Doing it twice changes nothing.
 */
export function recover(database: DatabaseSync, parts: RecoveryParts): Recovery {
  const { root, log, hidden, placeOf } = parts;
  const mark = database.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('clean_stop', ?)");
  const clean = database.prepare("SELECT value FROM meta WHERE name = 'clean_stop'").get()?.value === 1;
  mark.run(0);
  const accounts = new Accounts(database).list();
  const { kept, folders } = matchRecords(accounts, parts);
  const staging = new Set([root.staging, ...folders]);
  if (HAS_VOLUME_STAGING) {
    staging.add(join(root.homes, hidden));
    for (const name of namesIn(root.homes)) staging.add(join(root.homes, name, hidden));
  }
  let isCounted = true;
  for (const account of accounts) {
    const { id, name } = account;
    const reason = whyNotServed(placeOf(account), root.staging);
    if (reason !== undefined) log.warn("home takes no uploads", { user: name, reason });
    if (clean) continue;
    try {
      const { before, after } = recount(database, id, join(root.homes, name), {
        onStaging: (folder) => void staging.add(folder),
        onUnread: (path) => log.warn("not counted", { user: name, path }),
      });
      if (before !== after) log.warn("recount", { user: name, before, after });
    } catch (error) {
      isCounted = false;
      log.failure("not counted", error, { user: name });
    }
  }
  removeOrphans(staging, { kept, log, isOurs: (folder) => folder === root.staging || basename(folder) === hidden });
  return { finish: () => void (isCounted && mark.run(1)) };
}

/**
 * Removes records of which nothing is left that can be continued. How old they are does not matter: the clock of a machine
 * that has just started may be wrong by years.
 */
function matchRecords(accounts: readonly Account[], { records, placeOf }: RecoveryParts) {
  const places = new Map(accounts.map((account) => [account.id, placeOf(account)]));
  const kept = new Set<string>();
  const folders = new Set<string>();
  for (const record of records.all()) {
    const files = record.path.endsWith("/") ? [] : stagedFiles(record, places.get(record.userId)!);
    for (const file of files) folders.add(dirname(dirname(file)));
    if (record.offset > 0 && files.some(isThere)) kept.add(record.id);
    else records.remove(record.id);
  }
  return { kept, folders };
}

/** Removes files of which there is no record. One that cannot be removed is in nobody's way. */
function removeOrphans(
  folders: Iterable<string>,
  { kept, log, isOurs }: { kept: ReadonlySet<string>; log: Log; isOurs: (folder: string) => boolean },
): void {
  for (const folder of folders) {
    if (!isOurs(folder)) continue;
    const files = namesIn(folder).flatMap((user) => namesIn(join(folder, user)).map((id) => join(user, id)));
    // By name, not by place: two folders may be one, mounted twice.
    for (const file of files.filter((file) => !kept.has(basename(file)))) {
      try {
        remove(join(folder, file));
        log.info("orphan removed", { file });
      } catch (error) {
        log.warn("orphan stays", { file: join(folder, file), reason: reasonOf(error) });
      }
    }
  }
}

function isThere(path: string): boolean {
  try {
    return infoOf(path).isFile;
  } catch {
    return false;
  }
}

/** The names in a folder; none where it is no folder, or closed to us. */
function namesIn(folder: string): string[] {
  try {
    // A link is not followed: what it leads to is not ours.
    return lookAt(folder)?.isDirectory ? namesIfThere(folder) : [];
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return [];
    throw error;
  }
}
