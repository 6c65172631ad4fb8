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

/** Waits for a signal, then for running transfers; resolves when no session is left. */
export async function untilStopped({ log, sessions, drainMs, stopAccepting }: StopOptions): Promise<void> {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<string>();
  let count = 0;
  const onSignal = () => count++ === 0 ? first.resolve() : second.resolve("second signal");
  for (const signal of SIGNALS) Deno.addSignalListener(signal, onSignal);
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await first.promise;
    log.info("draining", { sessions: sessions.size });
    stopAccepting();
    sessions.drainAll();
    timer = setTimeout(() => second.resolve("drain timeout"), drainMs);
    const reason = await Promise.race([sessions.whenEmpty().then(() => undefined), second.promise]);
    if (reason !== undefined) sessions.closeAll(reason);
    await sessions.whenEmpty();
    log.info("stopped", {});
  } finally {
    clearTimeout(timer);
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, onSignal);
  }
}
