/** Whether a peer moves while we wait for it (`PROTOCOL.md`, "Requests", Progress): what counts is bytes of content in a time. */

/** When a wait is too long. */
export interface StallLimits {
  /** The longest wait in which less than `leastBytes` move, in ms. */
  readonly limitMs: number;
  /** What counts as moving. */
  readonly leastBytes: number;
  /** The time between two calls of `tick`, in ms. */
  readonly tickMs: number;
}

/** Adds up the time in which we wait for a peer and it does not move. Time in which we have work ourselves is not its fault. */
export class StallClock {
  readonly #limits: StallLimits;
  #waitedMs = 0;
  #last: number | undefined;
  #bytes: number | undefined;

  /** Starts with no time. */
  constructor(limits: StallLimits) {
    this.#limits = limits;
  }

  /** Starts over: there was progress of another kind. */
  restart(): void {
    this.#waitedMs = 0;
    this.#bytes = undefined;
  }

  /**
   * To be called at a steady pace; returns whether the peer was waited for too long.
   *
   * @param now in ms, never jumping back
   * @param state whether we wait for the peer now, and how many bytes of content have moved so far
   */
  tick(now: number, { isWaiting, bytes }: { isWaiting: boolean; bytes: number }): boolean {
    const { limitMs, leastBytes, tickMs } = this.#limits;
    // After a pause of this whole process the peer gets its chance: what it sent meanwhile is still to be read.
    const passed = Math.min(now - (this.#last ?? now), 2 * tickMs);
    this.#last = now;
    this.#bytes ??= bytes;
    if (bytes - this.#bytes >= leastBytes) {
      this.#waitedMs = 0;
      this.#bytes = bytes;
    } else if (isWaiting) {
      this.#waitedMs += passed;
    }
    return this.#waitedMs > limitMs;
  }
}
