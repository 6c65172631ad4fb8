/**
 * Patterns as steps, over the characters of a name or over the names of a path. By hand: the expression that
 * `globToRegExp` of `@std/path` makes needs many times as long with each further star.
 */

/** One step of a pattern: any number of items, or one item that fits. */
export type Step<T> = "any" | ((item: T) => boolean);

/**
 * Whether all items fit all steps, in their order. The time is at most the product of both lengths: only the last `any`
 * is ever tried again.
 */
export function fitsSteps<T>(steps: readonly Step<T>[], items: readonly T[]): boolean {
  let step = 0;
  let at = 0;
  let any: { step: number; at: number } | undefined;
  while (at < items.length) {
    const current = steps[step];
    if (current === "any") {
      any = { step: step++, at };
    } else if (current?.(items[at]!)) {
      step++;
      at++;
    } else if (any) {
      step = any.step + 1;
      at = ++any.at;
    } else {
      return false;
    }
  }
  while (steps[step] === "any") step++;
  return step === steps.length;
}
