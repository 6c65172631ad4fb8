/** What is not sure about a change that was made. */
import { ChangingFolder } from "../../files/durable.ts";
import { isMissing } from "../../files/lookup.ts";
import { quote } from "../../protocol/text.ts";

/** Why a change that was made may not outlive a power failure, or what of it is still to be done by somebody. */
export interface Doubt {
  /** A sentence for the user. */
  readonly sentence: string;
  /** What the system said, for the log. */
  readonly cause: unknown;
}

/** Opens folders that are about to change. In one that is gone by now, or closed to us, nothing is going to change. */
export function openFolders(folders: Iterable<string>, stack: DisposableStack): ChangingFolder[] {
  const opened: ChangingFolder[] = [];
  for (const folder of folders) {
    try {
      opened.push(stack.use(ChangingFolder.open(folder)));
    } catch (error) {
      if (!(isMissing(error) || error instanceof Deno.errors.PermissionDenied)) throw error;
    }
  }
  return opened;
}

/**
 * Syncs folders after a change.
 *
 * @param what what was done and to which name: `Removed "/a"`
 * @returns the doubt that is left, if any
 */
export async function syncChange(what: string, ...folders: readonly ChangingFolder[]): Promise<Doubt | undefined> {
  for (const folder of folders) await folder.sync();
  return doubtOf(what, folders);
}

/** The doubt that synced folders leave, if any. */
export function doubtOf(what: string, folders: Iterable<ChangingFolder>): Doubt | undefined {
  for (const { failure } of folders) {
    if (failure !== undefined) return { sentence: `${what}, but ${UNSURE}`, cause: failure };
  }
  return undefined;
}

const UNSURE = "it is not sure to survive a power failure: the server's disk failed when the folder was synced";

/** What was done and to which name, as a doubt begins. */
export function done(verb: string, path: string): string {
  return `${verb} ${quote(path)}`;
}
