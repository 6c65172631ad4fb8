/** `--limit`: at most so many bytes a second, averaged over a quarter of a second. */
import { delay } from "@std/async/delay";
import { DATA_FRAME_BYTES } from "../../protocol/limits.ts";

const BURST_SECONDS = 0.25;
/** What has to travel whole takes no longer than this: the server must see that something comes. */
const FRAME_SECONDS = 10;
const PIECE_LEAST_BYTES = 1_024;

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

  /** The most bytes that should leave in one frame. */
  get frameBytes(): number {
    const most = this.#bytesPerMs * 1000 * FRAME_SECONDS;
    return this.isSet ? Math.min(DATA_FRAME_BYTES, Math.max(PIECE_LEAST_BYTES, most)) : DATA_FRAME_BYTES;
  }

  /** A chunk in pieces that pass within a moment each; whole where there is no limit. */
  *pieces(chunk: Uint8Array): Generator<Uint8Array> {
    const most = Math.max(PIECE_LEAST_BYTES, Math.ceil(this.#bytesPerMs * 1000 * BURST_SECONDS));
    for (let at = 0; at < chunk.length; at += most) yield chunk.subarray(at, at + most);
  }

  /** Resolves when so many bytes may pass. @throws the reason of `stopping` when that comes first */
  async take(bytes: number, stopping?: AbortSignal): Promise<void> {
    if (!this.isSet) return;
    const now = performance.now();
    const most = this.#bytesPerMs * 1000 * BURST_SECONDS;
    this.#free = Math.min(most, this.#free + (now - this.#last) * this.#bytesPerMs) - bytes;
    this.#last = now;
    // Debt is paid by waiting: a chunk may be larger than a burst.
    if (this.#free < 0) await delay(-this.#free / this.#bytesPerMs, { signal: stopping });
  }
}
