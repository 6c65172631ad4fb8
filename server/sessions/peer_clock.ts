/** Decides when a peer has kept us waiting for too long. */
import { StallClock } from "../../protocol/stall_clock.ts";

/** How long a peer may take, in ms: for the whole login, between two requests, and in a transfer that does not move. */
export interface PeerTimes {
  readonly loginMs: number;
  readonly idleMs: number;
  readonly stallMs: number;
}

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
  readonly #times: PeerTimes;
  readonly #readings: PeerClockReadings;
  readonly #loginBy: number;
  readonly #receivingStall: StallClock;
  readonly #sendingStall: StallClock;
  #isLoggedIn = false;
  #receiving = 0;
  #sending = 0;
  #busy = 0;
  #heardAt: number;

  constructor(times: PeerTimes, readings: PeerClockReadings) {
    this.#times = times;
    this.#readings = readings;
    this.#heardAt = readings.now();
    this.#loginBy = this.#heardAt + times.loginMs;
    const limits = { limitMs: times.stallMs, leastBytes: STALL_LEAST_BYTES, tickMs: CHECK_MS };
    this.#receivingStall = new StallClock(limits);
    this.#sendingStall = new StallClock(limits);
  }

  /** The login deadline no longer counts. */
  loggedIn(): void {
    this.#isLoggedIn = true;
    this.heard();
  }

  /** The peer has said something whole. */
  heard(): void {
    this.#heardAt = this.#readings.now();
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
      this.heard();
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
    if (this.#busy === 0 && now - this.#heardAt > this.#times.idleMs) return "idle";
    return undefined;
  }
}
