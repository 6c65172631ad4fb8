/** What a start puts right after a server that did not stop by itself. */
import { join } from "@std/path";
import type { DatabaseSync } from "node:sqlite";
import { Accounts } from "../users/accounts.ts";
import type { QuotaLedger } from "../users/quota_ledger.ts";
import { recount } from "../users/recount.ts";
import type { Root } from "../users/root.ts";
import type { Log } from "./log.ts";

/** Says at the end that there is nothing to put right next time. */
export interface Recovery {
  finish(): void;
}

/**
 * Returns what dead uploads have reserved, removes what they left in staging, and, when the last server did not stop by
 * itself, counts every home anew. Doing it twice changes nothing.
 */
export function recover(
  database: DatabaseSync,
  { root, ledger, log }: { root: Root; ledger: QuotaLedger; log: Log },
): Recovery {
  const mark = database.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('clean_stop', ?)");
  const clean = database.prepare("SELECT value FROM meta WHERE name = 'clean_stop'").get()?.value === 1;
  mark.run(0);
  ledger.releaseAll();
  emptyFolder(root.staging);
  for (const { id, name } of new Accounts(database).list()) {
    if (clean) continue;
    const { before, after } = recount(database, id, join(root.homes, name));
    if (before !== after) log.warn("recount", { user: name, before, after });
  }
  return { finish: () => void mark.run(1) };
}

/** Removes all that is in a folder. */
function emptyFolder(folder: string): void {
  try {
    for (const entry of Deno.readDirSync(folder)) Deno.removeSync(join(folder, entry.name), { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
