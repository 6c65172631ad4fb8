/** Ctrl-C: the first stops what runs and keeps the session, a second one leaves. Other signals end the program. */
import { FreshSignals } from "../../console/fresh_signals.ts";
import type { Terminal } from "../../console/terminal.ts";

/** How long what runs may take to stop when the program has to end. */
const END_WITHIN_MS = 3_000;

/** What is done about signals. */
export interface InterruptActions {
  /** Asks for what runs to be stopped. */
  stop(): void;
  /** Ends the program without waiting any longer. */
  leave(): void;
  /** In ms, never jumping back. */
  now(): number;
}

/** Hears signals while it is not disposed of. */
export class Interrupts implements Disposable {
  readonly #actions: InterruptActions;
  readonly #fresh: FreshSignals;
  readonly #ending = Promise.withResolvers<void>();
  readonly #listening: Disposable;
  #count = 0;
  #isEnding = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(terminal: Pick<Terminal, "onEndSignal">, actions: InterruptActions) {
    this.#actions = actions;
    this.#fresh = new FreshSignals(actions.now);
    this.#listening = terminal.onEndSignal((signal) => this.take(signal));
  }

  /** A signal has come. */
  take(signal: Deno.Signal): void {
    if (!this.#fresh.isFresh(signal)) return;
    if (signal !== "SIGINT") this.#end();
    if (this.#count++ === 0) this.#actions.stop();
    else this.#actions.leave();
  }

  /** Whether there was one. */
  get happened(): boolean {
    return this.#count > 0;
  }

  /** Whether the program has to end. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Resolves when the program has to end: there was another signal than Ctrl-C. */
  get ending(): Promise<void> {
    return this.#ending.promise;
  }

  /** Forgets each Ctrl-C so far: the next one is a first again. */
  reset(): void {
    if (!this.#isEnding) this.#count = 0;
  }

  #end(): void {
    this.#isEnding = true;
    this.#ending.resolve();
    this.#timer ??= setTimeout(() => this.#actions.leave(), END_WITHIN_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#listening[Symbol.dispose]();
  }
}
