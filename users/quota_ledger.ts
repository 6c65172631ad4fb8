/** The quota ledger: who has used how much, and what running uploads have reserved. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Usage } from "../protocol/message/commands.ts";
import { notEnoughSpace } from "../console/not_enough_space.ts";
import { StatusError } from "../protocol/status.ts";
import { transaction, withoutWaiting } from "./database.ts";

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
  /** Gives the bytes back, or as soon as the database can be written; never fails. Harmless when it is ended already. */
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
  /** What the database did not take, in its order: changes of homes, and what is given back. */
  readonly #unbooked: (() => void)[] = [];
  readonly #owed = new Set<string>();

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
    this.catchUp();
    const id = crypto.randomUUID();
    if (this.#reserve.run(id, userId, bytes, path, source, Date.now()).changes === 0) {
      throw notEnoughSpace(what, { needed: bytes, usage: this.usage(userId) });
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
      release: () => this.release(id),
    };
  }

  /** Ends a reservation, or a record of something unfinished, whose bytes are given up; never fails. */
  release(id: string): void {
    this.soon(() => {
      this.#release.run(id);
      this.#owed.delete(id);
    });
    if (this.isBehind) this.#owed.add(id);
  }

  /** Whether what was reserved under an id is given up, and only waits for the database to be given back. */
  isOwed(id: string): boolean {
    return this.#owed.has(id);
  }

  /** Writes something whose failure must not be one of the caller: at once, or when the database can be written again. */
  soon(work: () => void): void {
    if (!this.isBehind) {
      try {
        return withoutWaiting(this.#database, work);
      } catch {
        // Another program has it locked, or the disk is full. It is tried again until it goes.
      }
    }
    this.#unbooked.push(work);
  }

  #settle(id: string, userId: number, work: () => number): void {
    this.#booking({
      check: () => this.#mustExist(this.#release.run(id)),
      work,
      book: (delta) => {
        this.#release.run(id);
        this.#book.run(delta, userId);
      },
    });
  }

  #settlePart(id: string, userId: number, work: () => { booked: number; reserved: number }): void {
    this.#booking({
      check: () => this.#mustExist(this.#shrink.run(0, id)),
      work,
      book: ({ booked, reserved }) => {
        this.#shrink.run(reserved, id);
        this.#book.run(booked, userId);
      },
    });
  }

  #mustExist({ changes }: { changes: number | bigint }): void {
    if (changes === 0) throw new StatusError(400, "The account or its reservation is gone");
  }

  /** Runs `work` and books the bytes by which it changed the home. */
  change(userId: number, work: () => number): void {
    this.#booking({ check: () => {}, work, book: (delta) => void this.#book.run(delta, userId) });
  }

  /** Whether something is still to be written, such as a change of a home: homes have to be counted anew if the server stops now. */
  get isBehind(): boolean {
    return this.#unbooked.length > 0;
  }

  /** Books what could not be booked before, if nobody else has the database. @throws when it still cannot be written */
  catchUpAtOnce(): void {
    withoutWaiting(this.#database, () => this.catchUp());
  }

  /** Books what could not be booked before. @throws when the database still cannot be written */
  catchUp(): void {
    for (let next = this.#unbooked[0]; next; next = this.#unbooked[0]) {
      transaction(this.#database, next);
      this.#unbooked.shift();
    }
  }

  /**
   * Checks, changes the home and books that, in one transaction. When the home is changed and the database then fails, as
   * on a full disk, the change stands and is booked later: nothing is reserved before that.
   */
  #booking<T>({ check, work, book }: { check: () => void; work: () => T; book: (change: T) => void }): void {
    const { isBehind } = this;
    let done: { readonly change: T } | undefined;
    try {
      transaction(this.#database, () => {
        check();
        done = { change: work() };
        // In the order in which they happened: `used` never goes below nothing.
        if (!isBehind) book(done.change);
      });
    } catch (error) {
      if (!done) throw error;
      const { change } = done;
      this.#unbooked.push(() => book(change));
      return;
    }
    if (isBehind) this.#unbooked.push(() => book(done!.change));
  }

  /** @throws {StatusError} 400 when the account is gone */
  usage(userId: number): Usage {
    const row = this.#usage.get(userId);
    if (!row) throw new StatusError(400, "The account is gone");
    return { used: row.used as number, reserved: row.reserved as number, limit: row.quota as number | null };
  }
}
