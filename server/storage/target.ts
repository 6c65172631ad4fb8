/** The place that an upload is for, and files that have to go from where they are. */
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import type { VirtualPath } from "../../protocol/virtual_path.ts";
import type { Jail } from "./jail.ts";

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
 * Whether a file may go to a path, and what is there now.
 *
 * @throws {StatusError} 402 when the folder is missing, 403 when it must not replace, 407 when a folder is in the way
 */
export function checkTarget(
  jail: Jail,
  path: VirtualPath,
  create: boolean,
): { place: string; info: Deno.FileInfo | undefined } {
  const occupant = jail.occupant(path);
  if (occupant.info?.isDirectory) throw new StatusError(407, `${quote(path)} is a folder`);
  if (occupant.info && create) throw new StatusError(403, `${quote(path)} exists already`);
  return occupant;
}
