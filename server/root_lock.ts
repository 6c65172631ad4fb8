/** One server for one root. */
import { makePrivateFolder } from "../files/folder.ts";
import { takeLock } from "../files/lock.ts";
import { StatusError } from "../protocol/status.ts";
import type { Root } from "../users/root.ts";

/**
 * Takes the root for this process; a process that dies gives it back.
 *
 * @throws {StatusError} 500 when another server has it, or the root cannot be written
 */
export function lockRoot(root: Root): Disposable {
  let lock: Disposable | undefined;
  try {
    makePrivateFolder(root.directory);
    lock = takeLock(root.lock);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StatusError(500, `Cannot write to the root "${root.directory}": ${why}`, { cause });
  }
  if (lock) return lock;
  throw new StatusError(500, `Another server runs on the root "${root.directory}"`);
}
