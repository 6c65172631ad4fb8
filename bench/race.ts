/** Rounds: every contender once, and again, so that what disturbs the machine disturbs all of them. */
import { note } from "./print.ts";

/** What a race counts: bytes or files a second, or the time alone. */
export type Unit = "bytes" | "files" | "time";

/** One row of a race. */
export interface Runner {
  readonly name: string;
  readonly isEncrypted: boolean;
  readonly isVerified: boolean;
  /** Puts everything back to the start; not timed. */
  prepare(signal: AbortSignal): Promise<void> | void;
  /** What is timed. @returns what it wrote to stdout */
  run(signal: AbortSignal): Promise<string>;
  /** @throws {Error} when the result is not right; not timed */
  check(stdout: string): void;
}

/** One table. */
export interface Race {
  readonly title: string;
  readonly unit: Unit;
  /** Bytes or files of one run. */
  readonly amount: number;
  readonly runners: readonly Runner[];
}

/** How a runner did. */
export interface Result {
  readonly name: string;
  readonly isEncrypted: boolean;
  readonly isVerified: boolean;
  /** Of each round, in order. */
  readonly seconds: number[];
  /** Why it was taken out. */
  failure: string | undefined;
}

/** How a race ended. */
export interface RaceResult {
  readonly title: string;
  readonly unit: Unit;
  readonly amount: number;
  readonly results: readonly Result[];
}

/** Runs a race. A runner that fails, or whose result is wrong, is out. @throws when `signal` says stop */
export async function race(
  { title, unit, amount, runners }: Race,
  { rounds, timeoutMs, signal }: { rounds: number; timeoutMs: number; signal: AbortSignal },
): Promise<RaceResult> {
  const results = runners.map(({ name, isEncrypted, isVerified }): Result => ({
    name,
    isEncrypted,
    isVerified,
    seconds: [],
    failure: undefined,
  }));
  for (let round = 1; round <= rounds; round++) {
    for (const [index, runner] of runners.entries()) {
      const result = results[index]!;
      if (result.failure !== undefined) continue;
      try {
        const seconds = await once(runner, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
        result.seconds.push(seconds);
        note(`  ${title}, round ${round}: ${runner.name} ${seconds.toFixed(3)} s`);
      } catch (error) {
        signal.throwIfAborted();
        result.failure = error instanceof Error ? error.message : String(error);
        note(`  ${title}, round ${round}: ${runner.name} failed: ${result.failure}`);
      }
    }
  }
  return { title, unit, amount, results };
}

async function once(runner: Runner, signal: AbortSignal): Promise<number> {
  await runner.prepare(signal);
  const start = performance.now();
  const stdout = await runner.run(signal);
  const seconds = (performance.now() - start) / 1000;
  runner.check(stdout);
  return seconds;
}

/** The one in the middle; the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
}
