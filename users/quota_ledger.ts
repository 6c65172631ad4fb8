/** The quota ledger: who has used how much, and what running uploads have reserved. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Usage } from "../protocol/commands.ts";
import { formatQuota, formatSize } from "../protocol/size.ts";
import { StatusError } from "../protocol/status.ts";
import { transaction } from "./database.ts";

/** What a reservation is for. */
export interface UploadSubject {
  /** The virtual path it goes to. */
  readonly path: string;
  /** Its size in bytes: so much is reserved. */
  readonly bytes: number;
  /** What the client calls the file that it comes from; the same for the same file. */
  readonly source: string;
}

/** A reservation of one upload. Settle it with what the home gained, or it goes back. */
export interface Reservation {
  readonly id: string;
  readonly bytes: number;
  /**
   * Runs `work` and books the bytes by which it changed the home, all or nothing, and ends the reservation.
   *
   * @throws {StatusError} 400 when the account or the reservation is gone: `work` was not run then
   */
  settle(work: () => number): void;
  /** Like `settle`, for a part of the bytes: the reservation goes on with the rest. `work` says which part. */
  settlePart(work: () => { booked: number; reserved: number }): void;
  /** Gives the bytes back; harmless when it is ended already. */
  release(): void;
}

/** One ledger serves all sessions. Every booking is one SQL statement or one transaction. */
export class QuotaLedger {
  readonly #database: DatabaseSync;
  readonly #reserve: StatementSync;
  readonly #book: StatementSync;
  readonly #release: StatementSync;
  readonly #shrink: StatementSync;
  readonly #usage: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#reserve = database.prepare(`
      INSERT INTO uploads (id, user_id, bytes, path, source, updated) SELECT ?1, id, ?3, ?4, ?5, ?6 FROM users
      WHERE id = ?2 AND
        used + (SELECT coalesce(sum(bytes), 0) FROM uploads WHERE user_id = ?2) + ?3 <= coalesce(quota, ${Number.MAX_SAFE_INTEGER})`);
    this.#book = database.prepare("UPDATE users SET used = max(0, used + ?), changes = changes + 1 WHERE id = ?");
    this.#release = database.prepare("DELETE FROM uploads WHERE id = ?");
    this.#shrink = database.prepare("UPDATE uploads SET bytes = bytes - ? WHERE id = ?");
    this.#usage = database.prepare(`
      SELECT used, quota, (SELECT coalesce(sum(bytes), 0) FROM uploads WHERE user_id = users.id) AS reserved
      FROM users WHERE id = ?`);
  }

  /**
   * Reserves room for an upload, checked and booked in one statement.
   *
   * @param what the sentence's subject, quoted and escaped
   * @throws {StatusError} 404 with `needed` and `free`; 400 when the account is gone
   */
  reserve(userId: number, { path, bytes, source }: UploadSubject, what: string): Reservation {
    const id = crypto.randomUUID();
    if (this.#reserve.run(id, userId, bytes, path, source, Date.now()).changes === 0) {
      throw notEnough(what, bytes, this.usage(userId));
    }
    return this.adopt(userId, { id, bytes });
  }

  /** The reservation of an upload that goes on after an interruption. */
  adopt(userId: number, { id, bytes }: { readonly id: string; readonly bytes: number }): Reservation {
    return {
      id,
      bytes,
      settle: (work) => this.#settle(id, userId, work),
      settlePart: (work) => this.#settlePart(id, userId, work),
      release: () => void this.#release.run(id),
    };
  }

  #settle(id: string, userId: number, work: () => number): void {
    transaction(this.#database, () => {
      if (this.#release.run(id).changes === 0) throw new StatusError(400, "The account or its reservation is gone");
      this.#book.run(work(), userId);
    });
  }

  #settlePart(id: string, userId: number, work: () => { booked: number; reserved: number }): void {
    transaction(this.#database, () => {
      if (this.#shrink.run(0, id).changes === 0) throw new StatusError(400, "The account or its reservation is gone");
      const { booked, reserved } = work();
      this.#shrink.run(reserved, id);
      this.#book.run(booked, userId);
    });
  }

  /** Runs `work` and books the bytes by which it changed the home, all or nothing. */
  change(userId: number, work: () => number): void {
    transaction(this.#database, () => this.#book.run(work(), userId));
  }

  /** @throws {StatusError} 400 when the account is gone */
  usage(userId: number): Usage {
    const row = this.#usage.get(userId);
    if (!row) throw new StatusError(400, "The account is gone");
    return { used: row.used as number, reserved: row.reserved as number, limit: row.quota as number | null };
  }
}

/** The refusal of what does not fit, with the numbers. */
export function notEnough(what: string, needed: number, { used, reserved, limit }: Usage): StatusError {
  const free = Math.max(0, (limit ?? 0) - used - reserved);
  const held = reserved > 0 ? `, ${formatSize(reserved)} held by unfinished uploads` : "";
  return new StatusError(
    404,
    `Not enough space for ${what}: ${formatSize(needed)} needed, ${formatSize(free)} of ${
      formatQuota(limit)
    } free${held}`,
    { details: { needed, free } },
  );
}
