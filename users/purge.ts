/** Removal of what a user leaves: nothing of it before all of it was looked at. */
import { join } from "@std/path";
import { entriesIfThere, isMissing } from "../files/lookup.ts";
import { removeWithContent } from "../files/remove.ts";
import { isMount } from "../files/mount.ts";
import { StatusError } from "../protocol/status.ts";
import { quote } from "../protocol/text.ts";

/**
 * Makes sure that nothing is mounted below a folder: a removal would empty what is mounted there. The folder itself may be
 * a mount: it was named.
 *
 * @throws {StatusError} 406 when something is; the error of the operating system when not all of it can be looked at
 */
export function checkNoMounts(top: string): void {
  const waiting = [top];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (folder !== top && isMount(folder)) {
      throw new StatusError(406, `Cannot remove ${quote(folder)}: it is a mount; unmount it first`);
    }
    for (const { name, isDirectory } of entriesIfThere(folder)) if (isDirectory) waiting.push(join(folder, name));
  }
}

/**
 * Removes a folder with all in it; that it is not there is not an error.
 *
 * @returns whether it stays, empty, because it is a mount
 */
export function removeTree(path: string): { staysEmpty: boolean } {
  try {
    removeWithContent(path);
  } catch (error) {
    // All in it goes first, and the mount itself cannot.
    const staysEmpty = (error as { code?: string }).code === "EBUSY" && isMount(path) &&
      entriesIfThere(path).length === 0;
    if (staysEmpty) return { staysEmpty };
    if (!isMissing(error)) throw error;
  }
  return { staysEmpty: false };
}
