/** Slows down guessing at one account from many addresses, without locking its owner out. */

const FREE_FAILURES = 5;
const FIRST_DELAY_MS = 1_000;
const MOST_DELAY_MS = 60_000;
const ALARM_FAILURES = 100;
const TABLE_LIMIT = 16_384;
const KNOWN_SOURCES_PER_USER = 16;

interface Row {
  failures: number;
  blockedUntil: number;
}

/** Counts failed logins by user name, known or not. */
export class LoginThrottle {
  readonly #now: () => number;
  readonly #rows = new Map<string, Row>();
  readonly #known = new Map<string, string[]>();

  /** @param now in ms, never jumping back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How long a login has to wait, in ms: 0 for a source that has logged in as this user before. */
  waitMs(user: string, source: string): number {
    if (this.#known.get(user)?.includes(source)) return 0;
    return Math.max(0, (this.#rows.get(user)?.blockedUntil ?? 0) - this.#now());
  }

  /** Notes a failed login; returns whether it is the one that should raise an alarm. */
  failed(user: string): boolean {
    const row = this.#rows.get(user) ?? { failures: 0, blockedUntil: 0 };
    row.failures++;
    const over = row.failures - FREE_FAILURES;
    if (over >= 0) row.blockedUntil = this.#now() + Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(over, 6));
    this.#rows.delete(user);
    if (this.#rows.size >= TABLE_LIMIT) this.#rows.delete(this.#rows.keys().next().value!);
    this.#rows.set(user, row);
    return row.failures % ALARM_FAILURES === 0;
  }

  /** Notes a login that succeeded. */
  succeeded(user: string, source: string): void {
    this.#rows.delete(user);
    const known = this.#known.get(user) ?? [];
    if (!known.includes(source)) this.#known.set(user, [...known, source].slice(-KNOWN_SOURCES_PER_USER));
  }
}
