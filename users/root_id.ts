/** What tells one root from others. */
import type { DatabaseSync } from "node:sqlite";

/** The id of a root: random, and as old as its database. */
export function rootId(database: DatabaseSync): string {
  const read = database.prepare("SELECT value FROM meta WHERE name = 'root_id'");
  const known = read.get();
  if (known) return String(known.value);
  const id = crypto.getRandomValues(new Uint8Array(8)).toHex();
  database.prepare("INSERT OR IGNORE INTO meta (name, value) VALUES ('root_id', ?)").run(id);
  return String(read.get()!.value);
}
