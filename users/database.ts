/** The account database: one SQLite file, opened by the server and by the account commands alike. */
import { dirname } from "@std/path";
import { DatabaseSync } from "node:sqlite";
import { makePrivateFolder } from "../files/folder.ts";
import { lookAt } from "../files/lookup.ts";
import { createPrivate } from "../files/open.ts";
import { remove } from "../files/remove.ts";
import { linkIfFree } from "../files/rename.ts";
import { reasonOf } from "../console/reason.ts";
import { StatusError } from "../protocol/status.ts";
import { lostDatabase, moveJournalsAway } from "./lost_database.ts";

const SCHEMA_VERSION = 1;
const BUSY_TIMEOUT_MS = 2_000;
const SQLITE_BUSY = 5;

const SCHEMA = `
CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  salt BLOB NOT NULL,
  iterations INTEGER NOT NULL CHECK (iterations > 0),
  stored_key BLOB NOT NULL,
  server_key BLOB NOT NULL,
  quota INTEGER CHECK (quota >= 0),
  used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
  changes INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL,
  last_login INTEGER
) STRICT;
CREATE TABLE uploads (
  id TEXT PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  path TEXT NOT NULL,
  source TEXT NOT NULL,
  offset INTEGER NOT NULL DEFAULT 0 CHECK (offset BETWEEN 0 AND bytes),
  updated INTEGER NOT NULL
) STRICT;
CREATE INDEX uploads_of_user ON uploads (user_id);
CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT;
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * Opens the database, and makes it where there is none yet.
 *
 * @param file where it is
 * @param options `create: false`: make nothing; `init`: make one also where there has been one
 * @throws {StatusError} 402 when there is none and none may be made; 500 when there has been one, when the directory
 *   cannot be written, or the file is damaged, empty or of another version; nothing is changed then
 */
export function openDatabase(file: string, { create = true, init = false } = {}): DatabaseSync {
  try {
    if (!lookAt(file) && !create) throw new StatusError(402, `There is no account database "${file}"`);
    const lost = init ? undefined : lostDatabase(file);
    if (lost) throw lost;
    makePrivateFolder(dirname(file));
    if (!lookAt(file)) createDatabase(file);
    if (Deno.statSync(file).size === 0) throw new Error("the file is empty");
    const database = new DatabaseSync(file);
    try {
      prepare(database);
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  } catch (cause) {
    if (cause instanceof StatusError) throw cause;
    throw new StatusError(500, `Cannot use the account database "${file}": ${reasonOf(cause)}`, { cause });
  }
}

/** Makes the database under another name first: a program that comes at the same time, or after a crash, sees all of it or none. */
function createDatabase(file: string): void {
  moveJournalsAway(file);
  const draft = `${file}.${crypto.randomUUID()}`;
  // With mode 0600 before SQLite opens it, which would leave the mode to the umask.
  createPrivate(draft).close();
  try {
    const database = new DatabaseSync(draft);
    database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
    database.close();
    // Where another program was faster, theirs is used.
    linkIfFree(draft, file);
  } finally {
    remove(draft);
  }
}

function prepare(database: DatabaseSync): void {
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  const check = database.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
  if (check.quick_check !== "ok") throw new Error(check.quick_check);
  const { user_version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (user_version !== SCHEMA_VERSION) throw new Error(`it is of version ${user_version}, not ${SCHEMA_VERSION}`);
  // Only now: this changes the file, and a file that is refused stays as it was.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
}

/** A failure of the database as the user hears it, when it is that another program has locked it for too long. */
export function busyFailure(error: unknown): StatusError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errcode } = error as Error & { code?: string; errcode?: number };
  // What `exec` throws carries no number.
  const isBusy = errcode === SQLITE_BUSY || (code === "ERR_SQLITE_ERROR" && error.message === "database is locked");
  if (!isBusy) return undefined;
  return new StatusError(503, "The server's database is in use by another program; try again", { cause: error });
}

/** Works on the database, and fails at once where another program has it: others must not wait for what can be done later. */
export function withoutWaiting<T>(database: DatabaseSync, work: () => T): T {
  database.exec("PRAGMA busy_timeout = 0");
  try {
    return work();
  } finally {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  }
}

/** Runs statements as one: all of them happen or none. @throws {StatusError} 503 when another program has the database */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  try {
    database.exec("BEGIN IMMEDIATE");
  } catch (error) {
    throw busyFailure(error) ?? error;
  }
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // After a full disk SQLite may have rolled back by itself.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
