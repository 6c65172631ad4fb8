/** Types of the functions in use of `deno-std`, which ships none. Delete this file when the imports move to JSR. */
declare module "@std/assert" {
  export function assert(expr: unknown, msg?: string): asserts expr;
  export function assertEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T;
  export function assertMatch(actual: string, expected: RegExp, msg?: string): void;
  export function assertStringIncludes(actual: string, expected: string, msg?: string): void;
  // deno-lint-ignore no-explicit-any
  type ErrorClass<E extends Error> = new (...args: any[]) => E;
  export function assertThrows<E extends Error>(fn: () => unknown, error: ErrorClass<E>, includes?: string): E;
  export function assertRejects<E extends Error>(
    fn: () => PromiseLike<unknown>,
    error: ErrorClass<E>,
    includes?: string,
  ): Promise<E>;
}

declare module "@std/async/deadline" {
  export function deadline<T>(work: Promise<T>, ms: number): Promise<T>;
}

declare module "@std/async/delay" {
  export function delay(ms: number, options?: { signal?: AbortSignal | undefined }): Promise<void>;
}

declare module "@std/crypto/timing-safe-equal" {
  export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean;
}

declare module "@std/path" {
  export function basename(path: string): string;
  export function dirname(path: string): string;
  export function join(...paths: string[]): string;
  export function resolve(...paths: string[]): string;
  export function isAbsolute(path: string): boolean;
  export function relative(from: string, to: string): string;
  export function fromFileUrl(url: string | URL): string;
  export const SEPARATOR: string;
}

declare module "@std/toml" {
  export function parse(text: string): Record<string, unknown>;
}
