/** What an exchange knows of its own progress: what came, how far the server's work is, and who waits for whom. */
import type { Header } from "../../protocol/message/header.ts";

/** The progress of one exchange. */
export class ExchangeProgress {
  /** Bytes of content that have come. */
  received = 0;
  readonly #steps = new Set<unknown>();
  #done = 0;
  #waits = 0;

  /** Whether only the server can make it go on: it is to say something, or to take something. */
  get isWaiting(): boolean {
    return this.#waits > 0;
  }

  /** Waits for the server. */
  async whileWaiting<T>(work: () => Promise<T>): Promise<T> {
    this.#waits++;
    try {
      return await work();
    } finally {
      this.#waits--;
    }
  }

  /** Takes the server's word of how far its work has come; returns whether that is further than before. */
  hasMoved(done: number): boolean {
    const isFurther = done > this.#done;
    this.#done = Math.max(this.#done, done);
    return isFurther;
  }

  /** Whether a frame is a step that an exchange takes once, such as the go-ahead. */
  isStep({ type }: Header): boolean {
    const isStep = (type === "accept" || type === "end") && !this.#steps.has(type);
    this.#steps.add(type);
    return isStep;
  }
}
