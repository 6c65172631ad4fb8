/** The end of a server: it drains at the first signal and leaves at the second. */
import type { Log } from "./log.ts";
import type { SessionRegistry } from "./native/session_registry.ts";

/** What is stopped. */
export interface StopOptions {
  readonly log: Log;
  readonly sessions: SessionRegistry;
  /** How long running transfers may take, in ms. */
  readonly drainMs: number;
  stopAccepting(): void;
}

/** Windows knows no SIGTERM: there Ctrl-C and Ctrl-Break have to do. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];

/** The signals that end a server, listened for from its first moment on. */
export class StopSignals implements Disposable {
  readonly #first = Promise.withResolvers<void>();
  readonly #second = Promise.withResolvers<void>();
  #count = 0;
  readonly #onSignal = () => this.#count++ === 0 ? this.#first.resolve() : this.#second.resolve();

  constructor() {
    for (const signal of SIGNALS) Deno.addSignalListener(signal, this.#onSignal);
  }

  get first(): Promise<void> {
    return this.#first.promise;
  }

  get second(): Promise<void> {
    return this.#second.promise;
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#onSignal);
  }
}

/** Waits for a signal, then for running transfers; resolves when no session is left. */
export async function untilStopped(
  { first, second }: StopSignals,
  { log, sessions, drainMs, stopAccepting }: StopOptions,
): Promise<void> {
  await first;
  log.info("draining", { sessions: sessions.size });
  stopAccepting();
  sessions.drainAll();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((resolve) => timer = setTimeout(() => resolve("drain timeout"), drainMs));
  const reason = await Promise.race([
    sessions.whenEmpty().then(() => undefined),
    second.then(() => "second signal"),
    late,
  ]);
  clearTimeout(timer);
  if (reason !== undefined) sessions.closeAll(reason);
  await sessions.whenEmpty();
  log.info("stopped", {});
}
