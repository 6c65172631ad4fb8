/** One command with several names. */
import { isConnectionLoss } from "../connection/link.ts";
import { isStop } from "../connection/stopped.ts";
import type { Shell } from "./shell.ts";

/**
 * Does something with each of some things. Where the shell keeps going, what fails does not keep the rest from being
 * tried, and the failures are told at the end.
 *
 * @throws the first failure, or the last one where the others have been told
 */
export async function doEach<T>(things: readonly T[], shell: Shell, work: (thing: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  for (const thing of things) {
    try {
      await work(thing);
    } catch (error) {
      failures.push(error);
      // With the connection gone, or against the user's will, the rest is not to be tried.
      if (!shell.keepsGoing || isConnectionLoss(error) || isStop(error)) break;
    }
  }
  if (failures.length === 0) return;
  // The command has failed as a whole: whoever called it tells one of them, and must not go on as if all were well.
  for (const error of failures.slice(0, -1)) shell.reporter.failure(error);
  throw failures.at(-1);
}
