/** The quota of an account that is made without `--quota`: `serve --default-quota` sets it. */
import type { DatabaseSync } from "node:sqlite";
import { parseQuota } from "../console/size.ts";

/** What it is before a server has said anything. */
export const DEFAULT_QUOTA = "500M";

/** The quota in bytes; `null` is no limit. */
export function defaultQuota(database: DatabaseSync): number | null {
  const row = database.prepare("SELECT value FROM meta WHERE name = 'default_quota'").get();
  return parseQuota(row ? String(row.value) : DEFAULT_QUOTA);
}

/** Keeps a SIZE or `none` for `defaultQuota`. @throws {UsageError} when it is neither */
export function setDefaultQuota(database: DatabaseSync, size: string): void {
  parseQuota(size);
  database.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('default_quota', ?)").run(size);
}
