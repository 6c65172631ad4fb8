/** A pause that need not be waited for when the user stops. */

/** Resolves after so many ms. @throws the reason of `stopping` as soon as that is aborted */
export function pause(ms: number, stopping: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (stopping?.aborted) return Promise.reject(stopping.reason);
  const onStop = () => reject(stopping?.reason);
  const timer = setTimeout(resolve, ms);
  stopping?.addEventListener("abort", onStop);
  return promise.finally(() => {
    clearTimeout(timer);
    stopping?.removeEventListener("abort", onStop);
  });
}
