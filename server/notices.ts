/** How many clients that are not let in hear why: it costs a TLS handshake each, so a flood is not answered. */

/** Answers that are under way. */
const OPEN_LIMIT = 16;
/** New answers a second for one source: at first contact a client connects twice. */
const SOURCE_LIMIT = 8;
/** A source that did not listen is not answered for so long. */
const DEAF_MS = 60_000;
const SOURCE_TABLE_LIMIT = 4_096;

/** One answer that is under way. */
export interface Notice {
  /** It is over, and whether the client had nothing to say in its time. */
  end(outcome: { isDeaf: boolean }): void;
}

/** Counts the answers. */
export class Notices {
  readonly #now: () => number;
  readonly #sources = new Map<string, { second: number; count: number; deafUntil: number }>();
  #open = 0;

  /** @param now in ms, never jumping back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes the place of one answer; `undefined` when there is none. */
  take(source: string): Notice | undefined {
    const row = this.#rowOf(source);
    const second = Math.floor(this.#now() / 1000);
    if (row.second !== second) Object.assign(row, { second, count: 0 });
    if (this.#open >= OPEN_LIMIT || row.count >= SOURCE_LIMIT || row.deafUntil > this.#now()) return undefined;
    row.count++;
    this.#open++;
    return {
      end: ({ isDeaf }) => {
        this.#open--;
        if (isDeaf) this.#rowOf(source).deafUntil = this.#now() + DEAF_MS;
      },
    };
  }

  #rowOf(source: string) {
    const known = this.#sources.get(source);
    if (known) return known;
    if (this.#sources.size >= SOURCE_TABLE_LIMIT) this.#sources.clear();
    const row = { second: 0, count: 0, deafUntil: 0 };
    this.#sources.set(source, row);
    return row;
  }
}
