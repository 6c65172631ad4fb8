/** The records of unfinished uploads: what they are of, and how much of each is surely on disk. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";

/** One unfinished upload. Bytes; `updated` in ms since 1970. */
export interface UploadRecord {
  readonly id: string;
  readonly userId: number;
  readonly path: string;
  readonly bytes: number;
  readonly source: string;
  /** Bytes that survive a power loss. */
  readonly offset: number;
  readonly updated: number;
}

/** Reads and writes the records; reservations are made and ended by the ledger. */
export class UploadRecords {
  readonly #all: StatementSync;
  readonly #ofUser: StatementSync;
  readonly #allOfUser: StatementSync;
  readonly #get: StatementSync;
  readonly #setOffset: StatementSync;
  readonly #touch: StatementSync;
  readonly #remove: StatementSync;

  constructor(database: DatabaseSync) {
    this.#all = database.prepare("SELECT * FROM uploads");
    this.#ofUser = database.prepare( // A path that ends in a slash is the reservation of a tree, of which nothing can be continued.
      "SELECT * FROM uploads WHERE user_id = ? AND path NOT LIKE '%/' ORDER BY updated",
    );
    this.#allOfUser = database.prepare("SELECT * FROM uploads WHERE user_id = ? ORDER BY updated");
    this.#get = database.prepare("SELECT * FROM uploads WHERE id = ?");
    this.#setOffset = database.prepare("UPDATE uploads SET offset = ?, updated = ? WHERE id = ?");
    this.#touch = database.prepare("UPDATE uploads SET updated = ? WHERE id = ?");
    this.#remove = database.prepare("DELETE FROM uploads WHERE id = ?");
  }

  all(): UploadRecord[] {
    return this.#all.all().map(recordOf);
  }

  /** Those of one user, the oldest first. */
  ofUser(userId: number): UploadRecord[] {
    return this.#ofUser.all(userId).map(recordOf);
  }

  /** The same, and the reservations of trees with them. */
  allOfUser(userId: number): UploadRecord[] {
    return this.#allOfUser.all(userId).map(recordOf);
  }

  find(id: string): UploadRecord | undefined {
    const row = this.#get.get(id);
    return row && recordOf(row);
  }

  /** Notes how much is durable; returns whether the record is still there. */
  setOffset(id: string, offset: number): boolean {
    return this.#setOffset.run(offset, Date.now(), id).changes === 1;
  }

  /** Gives a record another time. */
  touch(id: string, now: number): void {
    this.#touch.run(now, id);
  }

  /** Removes a record and with it its reservation. */
  remove(id: string): void {
    this.#remove.run(id);
  }
}

function recordOf(row: Record<string, SQLOutputValue>): UploadRecord {
  return {
    id: row.id as string,
    userId: row.user_id as number,
    path: row.path as string,
    bytes: row.bytes as number,
    source: row.source as string,
    offset: row.offset as number,
    updated: row.updated as number,
  };
}
