/** How old parts are, by a clock that may jump: no part goes because the clock was wrong for a while. */
import type { UploadRecord } from "../../users/upload_records.ts";

const DAY_MS = 86_400_000;
/** How long an unfinished upload is kept. */
const PART_KEPT_MS = 7 * DAY_MS;
/** So long it must look too old, by a clock that never jumps. */
const CERTAIN_MS = DAY_MS;
/** A record that is so much newer than now was written while a clock was wrong. */
const MOST_AHEAD_MS = DAY_MS;

/** The two clocks, in ms. */
export interface Clocks {
  /** Since 1970; it may be set. */
  now(): number;
  /** Since whenever; it only goes on. */
  steady(): number;
}

/** What came of a look at the parts. */
export interface Judgement {
  /** Too old, and for long enough. */
  readonly expired: readonly UploadRecord[];
  /** From a future that does not come nearer: their age begins now. */
  readonly misdated: readonly UploadRecord[];
}

/** Remembers since when parts look wrong, for as long as the process lives. */
export class PartAges {
  readonly #clocks: Clocks;
  readonly #since = new Map<string, number>();

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
  }

  /** Looks at all parts; to be called again and again. */
  judge(records: readonly UploadRecord[]): Judgement {
    const now = this.#clocks.now();
    const steady = this.#clocks.steady();
    const odd = records.filter(({ updated }) => updated < now - PART_KEPT_MS || updated > now + MOST_AHEAD_MS);
    const ids = new Set(odd.map(({ id }) => id));
    for (const id of this.#since.keys()) if (!ids.has(id)) this.#since.delete(id);
    for (const { id } of odd) if (!this.#since.has(id)) this.#since.set(id, steady);
    const certain = odd.filter(({ id }) => steady - this.#since.get(id)! >= CERTAIN_MS);
    return {
      expired: certain.filter(({ updated }) => updated <= now),
      misdated: certain.filter(({ updated }) => updated > now),
    };
  }
}
