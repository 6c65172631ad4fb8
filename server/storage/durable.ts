/** Durability of names: a rename counts once its folder is synced. */

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
    const { code } = error as { code?: string };
    if (code !== "EINVAL" && code !== "ENOTSUP") throw error;
  }
}
