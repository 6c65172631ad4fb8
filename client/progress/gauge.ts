/** How far something has come, and how fast it is. */

/** How much the last moments count for the rate that is shown. */
const RATE_WEIGHT = 0.3;

/** A moment of a transfer. Bytes, bytes a second, ms. */
export interface Moment {
  readonly name: string;
  /** `transfer`, or what is done instead. */
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly rate: number;
}

/** Counts the bytes of one phase after another. `now` in ms. */
export class Gauge {
  name: string;
  readonly #now: () => number;
  #phase = "";
  #done = 0;
  #total = 0;
  #rate = 0;
  #lookedAt: number;
  #lookedDone = 0;

  constructor(name: string, now: () => number) {
    this.name = name;
    this.#now = now;
    this.#lookedAt = now();
  }

  /** What is done now. */
  get phase(): string {
    return this.#phase;
  }

  /** A phase begins, with so much of it done already. */
  begin(phase: string, total: number, done = 0): void {
    this.#phase = phase;
    this.#total = total;
    this.#done = this.#lookedDone = done;
    this.#rate = 0;
  }

  /** Bytes that were there already: they count as done, and not for the rate. */
  skip(bytes: number): void {
    this.#done += bytes;
    this.#lookedDone += bytes;
  }

  advance(bytes: number): void {
    this.#done += bytes;
  }

  /** Where it is; the rate is one of the last times somebody looked. */
  look(): Moment {
    const now = this.#now();
    const elapsed = now - this.#lookedAt;
    if (elapsed > 0 && this.#done > this.#lookedDone) {
      const current = (this.#done - this.#lookedDone) / elapsed * 1000;
      this.#rate = this.#rate === 0 ? current : this.#rate * (1 - RATE_WEIGHT) + current * RATE_WEIGHT;
    }
    this.#lookedAt = now;
    this.#lookedDone = this.#done;
    return { name: this.name, phase: this.#phase, done: this.#done, total: this.#total, rate: this.#rate };
  }
}
