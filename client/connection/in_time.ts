/** A wait that has an end. */
import { deadline } from "@std/async/deadline";

/** Waits at most `ms`. The work itself goes on, and how it ends is ignored. @throws {Error} `late` when the time is up */
export async function inTime<T>(work: Promise<T>, { ms, late }: { ms: number; late: Error }): Promise<T> {
  try {
    return await deadline(work, ms);
  } catch (error) {
    throw error instanceof DOMException && error.name === "TimeoutError" ? late : error;
  }
}
