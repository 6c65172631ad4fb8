/** Volumes: where something can be moved by renaming it, and where it cannot. */
import { dirname, join } from "@std/path";
import { lookAt } from "./lookup.ts";
import { isMount } from "./mount.ts";
import { rename } from "./rename.ts";

/** No user can have this name: it holds a control character. */
const NOBODYS_NAME = "\u0001ftp-volume-probe";

/**
 * Whether a rename from one folder into the other can work. The system is asked to rename a name that nobody has: before
 * it looks for that, it says when the two folders lie on different mounts (EXDEV), also when these show the same disk.
 * Parts of one mount that have device numbers of their own, such as the subvolumes of btrfs, are different places, too.
 *
 * @param from an existing folder, its path without links
 * @param to likewise; where one of them is missing, nothing is known and the answer is yes
 */
export function isOnePlace(from: string, to: string): boolean {
  if (Deno.build.os === "windows") return true;
  try {
    rename(join(from, NOBODYS_NAME), join(to, NOBODYS_NAME));
  } catch (error) {
    if (isOtherVolume(error)) return false;
  }
  const [one, other] = [deviceOf(from), deviceOf(to)];
  return one === other || one === undefined || other === undefined;
}

/** Whether a rename failed because it would have led to another volume. */
export function isOtherVolume(error: unknown): boolean {
  return (error as { code?: string }).code === "EXDEV";
}

/**
 * The highest folder that lies on the same volume as a folder.
 *
 * @param folder an existing folder, its path without links
 * @param limit a folder above it, likewise: nothing above that is looked at
 */
export function topOfVolume(folder: string, limit: string): string {
  let top = folder;
  while (top !== limit && top !== dirname(top) && !isVolumeTop(top)) top = dirname(top);
  return top;
}

function isVolumeTop(folder: string): boolean {
  return isMount(folder) || deviceOf(folder) !== deviceOf(dirname(folder));
}

function deviceOf(path: string): number | undefined {
  return lookAt(path)?.dev;
}
