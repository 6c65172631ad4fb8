/** The uploads that are not finished: what they hold, how long they are kept, and how they go. */
import { notEnoughSpace } from "../../console/not_enough_space.ts";
import { removeIfThere } from "../../files/remove.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import type { QuotaLedger, Reservation, UploadSubject } from "../../users/quota_ledger.ts";
import type { UploadRecord, UploadRecords } from "../../users/upload_records.ts";
import { type Clocks, PartAges } from "./part_ages.ts";
import { stagedFiles, type UserPlace } from "./user_place.ts";

/** Unfinished uploads that a user may leave; the oldest makes room for one more. */
const PARTS_PER_USER = 16;
/** How often the age of parts is looked at. */
const SWEEP_MS = 60_000;

/** What may be given to a shelf besides what it works with. */
export interface ShelfOptions {
  /** Hears what went wrong where that is no failure of anybody's request. */
  readonly onTrouble?: (error: unknown) => void;
  readonly clocks?: Clocks;
}

/** What a shelf works with. */
export interface ShelfParts {
  readonly ledger: QuotaLedger;
  readonly records: UploadRecords;
  /** Whether somebody sends, or is about to go on with, an upload. */
  isBusy(id: string): boolean;
}

/** An unfinished upload, and whether it runs. */
export type Part = UploadRecord & { readonly isRunning: boolean };

/** All unfinished uploads of one server. */
export class PartShelf {
  readonly #ledger: QuotaLedger;
  readonly #records: UploadRecords;
  readonly #isBusy: (id: string) => boolean;
  readonly #onTrouble: (error: unknown) => void;
  readonly #clocks: Clocks;
  readonly #ages: PartAges;
  #sweptAt = -Infinity;

  constructor(
    { ledger, records, isBusy }: ShelfParts,
    { onTrouble = () => {}, clocks = { now: Date.now, steady: () => performance.now() } }: ShelfOptions = {},
  ) {
    this.#ledger = ledger;
    this.#records = records;
    this.#isBusy = isBusy;
    this.#onTrouble = onTrouble;
    this.#clocks = clocks;
    this.#ages = new PartAges(clocks);
  }

  /** Reserves room; as `QuotaLedger.reserve`, and the refusal names what holds the rest. */
  reserve(userId: number, subject: UploadSubject, what: string): Reservation {
    try {
      return this.#ledger.reserve(userId, subject, what);
    } catch (error) {
      const isFull = error instanceof StatusError && error.code === 404;
      throw isFull ? this.refusal(userId, { what, needed: subject.bytes }) : error;
    }
  }

  /** The refusal of what does not fit. `except`: a reservation that does not count, as it is of the very thing. */
  refusal(
    userId: number,
    { what, needed, except }: { what: string; needed: number; except?: Reservation },
  ): StatusError {
    const usage = this.#ledger.usage(userId);
    const holders = this.#records.allOfUser(userId).filter(({ id }) => id !== except?.id).map(({ id, path, bytes }) => {
      const isTree = path.endsWith("/");
      // What has no file is reserved by something that runs: a start leaves nothing else.
      return { path: isTree ? path.slice(0, -1) || "/" : path, bytes, isRunning: isTree || this.#isBusy(id) };
    });
    const reserved = usage.reserved - (except?.bytes ?? 0);
    return notEnoughSpace(what, { needed, usage: { ...usage, reserved }, holders });
  }

  /** The unfinished uploads of a user, and whether each runs. */
  list(userId: number): Part[] {
    const waiting = this.#records.ofUser(userId).filter(({ id }) => !this.#ledger.isOwed(id));
    return waiting.map((record) => ({ ...record, isRunning: this.#isBusy(record.id) }));
  }

  /**
   * Forgets what waits for paths that have just got another content: it is of an older version, and nobody will finish it.
   * What cannot be forgotten now can still be dropped; it is no failure of what was done.
   *
   * @param kept the size of a part that may still be finished; `undefined`: none
   */
  tidy(place: UserPlace, paths: ReadonlySet<string>, kept?: number): void {
    try {
      for (const record of this.list(place.userId)) {
        if (!record.isRunning && record.bytes !== kept && paths.has(record.path)) this.forget(record, place);
      }
    } catch (error) {
      this.#onTrouble(error);
    }
  }

  /** Forgets what is too old, now and then; to be called often. @param placeOf the place of a user that is there */
  sweep(placeOf: (userId: number) => UserPlace | undefined): void {
    const steady = this.#clocks.steady();
    if (steady - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = steady;
    const waiting = this.#records.all().filter(({ id, path }) => !path.endsWith("/") && !this.#isBusy(id));
    const { expired, misdated } = this.#ages.judge(waiting);
    for (const { id } of misdated) this.#records.touch(id, this.#clocks.now());
    for (const record of expired) {
      const place = placeOf(record.userId);
      if (place) this.forget(record, place);
    }
  }

  /** Forgets an unfinished upload. @throws {StatusError} 402 when there is none, 403 while it runs */
  drop(id: string, place: UserPlace): void {
    const record = this.#records.find(id);
    if (!record || record.userId !== place.userId || this.#ledger.isOwed(id)) {
      throw new StatusError(402, `There is no part ${quote(id)}`);
    }
    if (this.#isBusy(id)) throw new StatusError(403, `Part ${quote(id)} is being uploaded now`);
    this.forget(record, place);
  }

  /** Forgets the oldest of what is too many. */
  makeRoom(place: UserPlace): void {
    const waiting = this.list(place.userId).filter(({ isRunning }) => !isRunning);
    for (const record of waiting.slice(0, Math.max(0, waiting.length - PARTS_PER_USER + 1))) {
      this.forget(record, place);
    }
  }

  /** The file first: a disk that is full has room for the database again then. */
  forget(record: UploadRecord, place: UserPlace): void {
    for (const file of stagedFiles(record, place)) removeIfThere(file);
    this.#ledger.release(record.id);
  }
}
