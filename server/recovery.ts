/** What a start puts right after a server that did not stop by itself. */
import { join } from "@std/path";
import type { DatabaseSync } from "node:sqlite";
import { Accounts } from "../users/accounts.ts";
import { recount } from "../users/recount.ts";
import type { Root } from "../users/root.ts";
import type { UploadRecords } from "../users/upload_records.ts";
import type { Log } from "./log.ts";
import { PART_KEPT_MS } from "./storage/upload_desk.ts";

/** Says at the end that there is nothing to put right next time. */
export interface Recovery {
  finish(): void;
}

/**
 * Brings records and staging together again, and, when the last server did not stop by itself, counts every home anew.
 * Doing it twice changes nothing.
 */
export function recover(
  database: DatabaseSync,
  { root, records, log }: { root: Root; records: UploadRecords; log: Log },
): Recovery {
  const mark = database.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('clean_stop', ?)");
  const clean = database.prepare("SELECT value FROM meta WHERE name = 'clean_stop'").get()?.value === 1;
  mark.run(0);
  matchStaging(new Accounts(database), { root, records, log });
  if (!clean) {
    for (const { id, name } of new Accounts(database).list()) {
      const { before, after } = recount(database, id, join(root.homes, name));
      if (before !== after) log.warn("recount", { user: name, before, after });
    }
  }
  return { finish: () => void mark.run(1) };
}

/** Removes records that are too old or have no file, and files that have no record. */
function matchStaging(
  accounts: Accounts,
  { root, records, log }: { root: Root; records: UploadRecords; log: Log },
): void {
  const files = new Set(
    namesIn(root.staging).flatMap((user) => namesIn(join(root.staging, user)).map((id) => join(user, id))),
  );
  const nameOfUser = new Map(accounts.list().map(({ id, name }) => [id, name]));
  for (const { id, userId, updated, offset } of records.all()) {
    const file = join(nameOfUser.get(userId)!, id);
    const isKept = files.has(file) && offset > 0 && Date.now() - updated < PART_KEPT_MS;
    if (isKept) files.delete(file);
    else records.remove(id);
  }
  for (const file of files) {
    log.info("orphan removed", { file });
    Deno.removeSync(join(root.staging, file));
  }
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
