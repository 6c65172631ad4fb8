/** Decides when a server that works and sends nothing has to say that it is alive. */
import { WORKING_INTERVAL_MS } from "../../protocol/limits.ts";

/** Where nothing is read only a sign that cannot be sent shows that the client has left. */
const BLIND_INTERVAL_MS = 1_000;

/** Watches one session. `isDue` is asked about once a second. */
export class LifeSign {
  readonly #now: () => number;
  #sent = 0;
  #since: number;

  /** @param now in ms, never jumping back */
  constructor(now: () => number) {
    this.#now = now;
    this.#since = now();
  }

  /**
   * Whether it is time; the next time is a whole interval later.
   *
   * @param isBusy whether a request is being worked on; while none is, the client waits for nothing
   * @param sent bytes that have been sent so far
   * @param isBlind whether nothing of the client is read now
   */
  isDue({ isBusy, sent, isBlind = false }: { isBusy: boolean; sent: number; isBlind?: boolean }): boolean {
    const now = this.#now();
    const interval = isBlind ? BLIND_INTERVAL_MS : WORKING_INTERVAL_MS;
    const isDue = isBusy && sent === this.#sent && now - this.#since >= interval;
    if (isDue || !isBusy || sent !== this.#sent) this.#since = now;
    this.#sent = sent;
    return isDue;
  }
}
