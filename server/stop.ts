/** The end of a server: it drains at the first signal and leaves at the second. */
import { deadline } from "@std/async/deadline";
import { FreshSignals } from "../console/fresh_signals.ts";
import type { Terminal } from "../console/terminal.ts";
import type { Log } from "./log/log.ts";
import type { SessionRegistry } from "./sessions/registry.ts";

/** What is stopped. */
export interface StopOptions {
  readonly log: Log;
  readonly sessions: SessionRegistry;
  /** How long running transfers may take, in ms. */
  readonly drainMs: number;
  stopAccepting(): void;
}

/** The signals that end a server, listened for from its first moment on. */
export class StopSignals implements Disposable {
  readonly #first = Promise.withResolvers<Deno.Signal>();
  readonly #second = Promise.withResolvers<void>();
  readonly #fresh: FreshSignals;
  readonly #listening: Disposable;
  #count = 0;

  /**
   * @param terminal where signals are heard
   * @param now in ms, never jumping back
   */
  constructor(terminal: Pick<Terminal, "onEndSignal">, now: () => number) {
    this.#fresh = new FreshSignals(now);
    this.#listening = terminal.onEndSignal((signal) => this.take(signal));
  }

  /** A signal has come. */
  take(signal: Deno.Signal): void {
    if (!this.#fresh.isFresh(signal)) return;
    if (this.#count++ === 0) this.#first.resolve(signal);
    else this.#second.resolve();
  }

  /** Resolves to the first signal. */
  get first(): Promise<Deno.Signal> {
    return this.#first.promise;
  }

  get second(): Promise<void> {
    return this.#second.promise;
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }
}

/** Waits for a signal, then for running transfers; resolves when no session is left. */
export async function untilStopped(
  { first, second }: StopSignals,
  { log, sessions, drainMs, stopAccepting }: StopOptions,
): Promise<void> {
  const signal = await first;
  log.info("draining", { signal, sessions: sessions.size });
  stopAccepting();
  sessions.drainAll();
  const over = Promise.race([sessions.whenEmpty().then(() => undefined), second.then(() => "second signal")]);
  const reason = await deadline(over, drainMs).catch(() => "drain timeout");
  if (reason !== undefined) sessions.closeAll(reason);
  await sessions.whenEmpty();
  log.info("stopped", {});
}
