/** The place that an upload is for, and files that have to go from where they are. */
import { lookAt } from "../../files/lookup.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import type { VirtualPath } from "../../protocol/virtual_path.ts";
import type { Jail } from "./jail.ts";
import { atDisk } from "./os_error.ts";

/** Removes what went to the wrong place; returns whether it is gone. */
export function takeBack(place: string): boolean {
  try {
    Deno.removeSync(place);
    return true;
  } catch {
    return false;
  }
}

/** Removes a file; that it is not there is as good. */
export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Removes what staging no longer needs. What cannot be removed has no record and goes at the next start. */
export function removeLeftover(path: string): void {
  try {
    removeIfThere(path);
  } catch {
    // What was answered is not changed by it.
  }
}

/**
 * Whether a file may go to a path, and what is there now. A link is not followed, wherever it leads: what would be
 * replaced is the link.
 *
 * @throws {StatusError} 402 when the folder is missing, 403 when it must not replace, 407 when something that is no
 *   regular file is in the way
 */
export function checkTarget(
  jail: Jail,
  path: VirtualPath,
  create: boolean,
): { place: string; info: Deno.FileInfo | undefined } {
  const place = jail.place(path);
  const info = atDisk(path, () => lookAt(place));
  if (info) checkReplaceable(info, path);
  if (info && create) throw new StatusError(403, `${quote(path)} exists already`);
  return { place, info };
}

/** Only a regular file is ever replaced by a file. @throws {StatusError} 407 */
export function checkReplaceable(info: Deno.FileInfo, name: string): void {
  if (info.isDirectory) throw new StatusError(407, `${quote(name)} is a folder`);
  if (!info.isFile) throw new StatusError(407, `${quote(name)} is not a regular file`);
}
