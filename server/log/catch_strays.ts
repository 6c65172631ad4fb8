/** What nobody waited for. */
import type { Log } from "./log.ts";

/** A promise that failed and that nobody waited for must not end the server: it is logged, and all others go on. */
export function catchStrays(log: Log): Disposable {
  const onStray = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    log.failure("stray failure", event.reason);
  };
  globalThis.addEventListener("unhandledrejection", onStray);
  return { [Symbol.dispose]: () => globalThis.removeEventListener("unhandledrejection", onStray) };
}
