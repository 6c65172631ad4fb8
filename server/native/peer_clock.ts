/** Decides when a peer has kept us waiting for too long. */
import type { DoorTimes } from "./door.ts";

/** A transfer that moves less than this in one stall time is not moving. */
const STALL_LEAST_BYTES = 4_096;

/** Watches one session. `check` is called about once a second. */
export class PeerClock {
  readonly #times: DoorTimes;
  readonly #now: () => number;
  readonly #bytes: () => number;
  readonly #loginBy: number;
  #isLoggedIn = false;
  #waiting = 0;
  #busy = 0;
  #lastFrame: number;
  #markAt: number;
  #markBytes = 0;

  /**
   * @param times the limits
   * @param options `now` in ms, never jumping back; `bytes` that moved on the connection so far
   */
  constructor(times: DoorTimes, options: { now: () => number; bytes: () => number }) {
    this.#times = times;
    this.#now = options.now;
    this.#bytes = options.bytes;
    this.#lastFrame = this.#markAt = this.#now();
    this.#loginBy = this.#now() + times.loginMs;
  }

  /** The login deadline no longer counts. */
  loggedIn(): void {
    this.#isLoggedIn = true;
    this.frameArrived();
  }

  /** A whole frame arrived. */
  frameArrived(): void {
    this.#lastFrame = this.#now();
  }

  /** Runs a request: the session is not idle meanwhile. */
  async whileBusy<T>(work: () => Promise<T>): Promise<T> {
    this.#busy++;
    try {
      return await work();
    } finally {
      this.#busy--;
      this.frameArrived();
    }
  }

  /** Runs what only the peer can end. */
  async whileWaiting<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting++ === 0) this.#mark();
    try {
      return await work();
    } finally {
      this.#waiting--;
    }
  }

  /** Why the session has to end now, if it has to. */
  check(): string | undefined {
    const now = this.#now();
    if (!this.#isLoggedIn) return now > this.#loginBy ? "login took too long" : undefined;
    if (this.#bytes() - this.#markBytes >= STALL_LEAST_BYTES) this.#mark();
    if (this.#waiting > 0 && now - this.#markAt > this.#times.stallMs) return "stalled";
    if (this.#busy === 0 && now - this.#lastFrame > this.#times.idleMs) return "idle";
    return undefined;
  }

  #mark(): void {
    this.#markAt = this.#now();
    this.#markBytes = this.#bytes();
  }
}
