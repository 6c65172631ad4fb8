/** Decides when a server that works and sends nothing has to say that it is alive. */
import { WORKING_INTERVAL_MS } from "../../protocol/limits.ts";

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
   * @param isBusy whether a request is being worked on; nobody waits for anything while none is
   * @param sent bytes that have been sent so far
   */
  isDue({ isBusy, sent }: { isBusy: boolean; sent: number }): boolean {
    const now = this.#now();
    const isDue = isBusy && sent === this.#sent && now - this.#since >= WORKING_INTERVAL_MS;
    if (isDue || !isBusy || sent !== this.#sent) this.#since = now;
    this.#sent = sent;
    return isDue;
  }
}
