/** Signals without their copies. */

/** Within this time the same signal is a copy. */
const COPY_MS = 1_000;

/** Tells a signal from its copy: `deno task` and `npx` send on what the terminal has sent to the program already. */
export class FreshSignals {
  readonly #now: () => number;
  readonly #last = new Map<string, number>();

  /**
   * Knows of no signal yet.
   *
   * @param now in ms, never jumping back
   */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether a signal that has come is one of its own. A copy does not make the time longer. */
  isFresh(signal: string): boolean {
    const now = this.#now();
    const last = this.#last.get(signal);
    if (last !== undefined && now - last < COPY_MS) return false;
    this.#last.set(signal, now);
    return true;
  }
}
