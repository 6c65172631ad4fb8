/** `--limit`: at most so many bytes a second, averaged over a quarter of a second. */
import { pause } from "./pause.ts";

const BURST_SECONDS = 0.25;

/** Lets bytes through at a rate. */
export class RateLimit {
  readonly #bytesPerMs: number;
  #free: number;
  #last = performance.now();

  /** @param bytesPerSecond `undefined` is no limit */
  constructor(bytesPerSecond: number | undefined) {
    this.#bytesPerMs = (bytesPerSecond ?? Infinity) / 1000;
    this.#free = this.#bytesPerMs * 1000 * BURST_SECONDS;
  }

  /** Whether there is a limit. */
  get isSet(): boolean {
    return this.#bytesPerMs !== Infinity;
  }

  /** Resolves when so many bytes may pass. @throws the reason of `stopping` when that comes first */
  async take(bytes: number, stopping?: AbortSignal): Promise<void> {
    if (!this.isSet) return;
    const now = performance.now();
    const most = this.#bytesPerMs * 1000 * BURST_SECONDS;
    this.#free = Math.min(most, this.#free + (now - this.#last) * this.#bytesPerMs) - bytes;
    this.#last = now;
    // Debt is paid by waiting: a chunk may be larger than a burst.
    if (this.#free < 0) await pause(-this.#free / this.#bytesPerMs, stopping);
  }
}
