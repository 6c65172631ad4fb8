/** Whether a folder is a mount: the top of another volume, or the same one mounted a second time. */
import { join } from "@std/path";
import { rename } from "./rename.ts";

/** No user can have this name: it holds a control character. */
const NOBODYS_NAME = "\u0001ftp-mount-probe";

/**
 * Whether something is mounted on a folder. The device number does not tell: a bind mount has the one of its source. So
 * the folder is asked to move into itself, which no system does. Where the target lies on another mount than the folder
 * (what is under a mount point does) the system says so first (EXDEV); else it says that the move is impossible (EINVAL).
 *
 * Windows has links to volumes instead of mounts, and those are seen as links: there the answer is always no.
 *
 * @param folder an existing folder, its path without links; any other failure, such as a missing folder, is a no
 */
export function isMount(folder: string): boolean {
  if (Deno.build.os === "windows") return false;
  try {
    rename(folder, join(folder, NOBODYS_NAME));
  } catch (error) {
    return (error as { code?: string }).code === "EXDEV";
  }
  // Never reached: nothing can move into itself.
  return false;
}
