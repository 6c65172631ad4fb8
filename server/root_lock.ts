/** One server for one root. */
import { StatusError } from "../protocol/status.ts";
import { makePrivateDirectory, type Root } from "../users/root.ts";

/**
 * Takes the root for this process; a process that dies gives it back.
 *
 * @throws {StatusError} 500 when another server has it, or the root cannot be written
 */
export async function lockRoot(root: Root): Promise<Disposable> {
  let file: Deno.FsFile;
  try {
    makePrivateDirectory(root.directory);
    file = await Deno.open(root.lock, { write: true, create: true, mode: 0o600 });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StatusError(500, `Cannot write to the root "${root.directory}": ${why}`, { cause });
  }
  if (await file.tryLock(true)) return { [Symbol.dispose]: () => file.close() };
  file.close();
  throw new StatusError(500, `Another server runs on the root "${root.directory}"`);
}
