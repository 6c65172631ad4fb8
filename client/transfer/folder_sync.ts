/** Durability of a local name: a rename counts once its folder is synced. */
import { reasonOf } from "../../console/reason.ts";

/** An open folder; without a handle where the system has none to give, and then why, if that is news. */
export interface OpenFolder {
  readonly handle: Deno.FsFile | undefined;
  readonly trouble: string | undefined;
}

/** Opens a folder to sync it later. A folder may be closed to readers and open to writers. */
export function openFolder(path: string): OpenFolder {
  // Windows cannot open folders, and its journal has to do.
  if (Deno.build.os === "windows") return { handle: undefined, trouble: undefined };
  try {
    return { handle: Deno.openSync(path, { read: true }), trouble: undefined };
  } catch (error) {
    return { handle: undefined, trouble: reasonOf(error) };
  }
}

/** Makes the names in a folder durable. @returns why that failed */
export async function syncFolder(folder: Deno.FsFile | undefined): Promise<string | undefined> {
  try {
    await folder?.sync();
    return undefined;
  } catch (error) {
    // Some network file systems know no such thing: their own journal has to do, too.
    const { code } = error as { code?: string };
    return code === "EINVAL" || code === "ENOTSUP" ? undefined : reasonOf(error);
  }
}
