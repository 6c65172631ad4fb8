/** Ctrl-C: the first stops what runs and keeps the session, a second one leaves. */
import { EXIT } from "../protocol/status.ts";

/** Watches for interrupts while it is not disposed of. */
export class Interrupts implements Disposable {
  #count = 0;
  readonly #onSignal: () => void;

  /**
   * @param stop asks for what runs to be stopped
   * @param leave ends the program with a status
   */
  constructor(stop: () => void, leave: (status: number) => void) {
    this.#onSignal = () => {
      if (++this.#count === 1) stop();
      else leave(EXIT.interrupted);
    };
    Deno.addSignalListener("SIGINT", this.#onSignal);
  }

  /** Whether there was one. */
  get happened(): boolean {
    return this.#count > 0;
  }

  /** Forgets those so far: the next one is a first again. */
  reset(): void {
    this.#count = 0;
  }

  [Symbol.dispose](): void {
    Deno.removeSignalListener("SIGINT", this.#onSignal);
  }
}
