/** Decides when a peer has kept us waiting for too long. */
import { StallClock } from "../../protocol/stall_clock.ts";
import type { DoorTimes } from "../native/door.ts";

/** A transfer that moves less than this in one stall time is not moving. */
const STALL_LEAST_BYTES = 4_096;
/** How often `check` is called. */
export const CHECK_MS = 1_000;

/** What a clock reads. */
export interface PeerClockReadings {
  /** In ms, never jumping back. */
  now(): number;
  /** Bytes of content that the running request has received so far. */
  received(): number;
  /** Bytes that the peer has taken so far. */
  sent(): number;
}

/** Watches one session. `check` is called once a second. */
export class PeerClock {
  readonly #times: DoorTimes;
  readonly #readings: PeerClockReadings;
  readonly #loginBy: number;
  readonly #receivingStall: StallClock;
  readonly #sendingStall: StallClock;
  #isLoggedIn = false;
  #receiving = 0;
  #sending = 0;
  #busy = 0;
  #lastFrame: number;

  constructor(times: DoorTimes, readings: PeerClockReadings) {
    this.#times = times;
    this.#readings = readings;
    this.#lastFrame = readings.now();
    this.#loginBy = this.#lastFrame + times.loginMs;
    const limits = { limitMs: times.stallMs, leastBytes: STALL_LEAST_BYTES, tickMs: CHECK_MS };
    this.#receivingStall = new StallClock(limits);
    this.#sendingStall = new StallClock(limits);
  }

  /** The login deadline no longer counts. */
  loggedIn(): void {
    this.#isLoggedIn = true;
    this.frameArrived();
  }

  /** A whole frame arrived. */
  frameArrived(): void {
    this.#lastFrame = this.#readings.now();
  }

  /** Runs a request: the session is not idle meanwhile. That one comes to an end and the next begins is progress. */
  async whileBusy<T>(work: () => Promise<T>): Promise<T> {
    this.#busy++;
    this.#receivingStall.restart();
    this.#sendingStall.restart();
    try {
      return await work();
    } finally {
      this.#busy--;
      this.frameArrived();
    }
  }

  /** Waits for what only the peer can send. */
  async whileReceiving<T>(work: () => Promise<T>): Promise<T> {
    this.#receiving++;
    try {
      return await work();
    } finally {
      this.#receiving--;
    }
  }

  /** Waits until the peer takes something. */
  async whileSending<T>(work: () => Promise<T>): Promise<T> {
    this.#sending++;
    try {
      return await work();
    } finally {
      this.#sending--;
    }
  }

  /** Why the session has to end now, if it has to. */
  check(): string | undefined {
    const now = this.#readings.now();
    const isStalled = [
      this.#receivingStall.tick(now, { isWaiting: this.#receiving > 0, bytes: this.#readings.received() }),
      this.#sendingStall.tick(now, { isWaiting: this.#sending > 0, bytes: this.#readings.sent() }),
    ].includes(true);
    if (!this.#isLoggedIn) return now > this.#loginBy ? "login took too long" : undefined;
    if (isStalled) return "stalled";
    if (this.#busy === 0 && now - this.#lastFrame > this.#times.idleMs) return "idle";
    return undefined;
  }
}
