/** Durability of names: a rename counts once its folder is synced. */
import type { SyncGroup } from "../../protocol/sync_group.ts";

/**
 * Makes the names in a folder durable. Where the system cannot open or sync a folder (Windows, some network file
 * systems) its own journal has to do.
 *
 * @throws the error of the operating system when the sync itself fails
 */
export async function syncFolder(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using handle = await Deno.open(folder, { read: true });
  try {
    await handle.sync();
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  }
}

/** Adds a folder to what is made durable together; the same exceptions as for `syncFolder`. */
export function addFolderTo(group: SyncGroup, folder: string): void {
  if (Deno.build.os === "windows") return;
  const handle = Deno.openSync(folder, { read: true });
  try {
    group.add(handle);
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  }
}

function isUnsupported(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === "EINVAL" || code === "ENOTSUP";
}
