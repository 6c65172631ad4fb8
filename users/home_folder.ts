/** The folder of a new account: made for it, or taken over on request. */
import { dirname } from "@std/path";
import { makePrivateFolder, makePrivateIfFree } from "../files/folder.ts";
import { lookAt } from "../files/lookup.ts";
import { remove } from "../files/remove.ts";
import { StatusError } from "../protocol/status.ts";
import { quote } from "../protocol/text.ts";

/**
 * Whether a home can be had.
 *
 * @param adopt whether one that is there may be taken over
 * @returns whether it is there
 * @throws {StatusError} 403 when it is there and may not be taken over, 407 when it is no folder
 */
export function checkHome(home: string, { adopt }: { adopt: boolean }): boolean {
  const info = lookAt(home);
  if (!info) return false;
  if (!info.isDirectory) throw new StatusError(407, `${quote(home)} is no folder, and so no home; move it away`);
  if (adopt) return true;
  throw new StatusError(
    403,
    `The home ${
      quote(home)
    } is there already, and belonged to an earlier user: --adopt-home takes it over, or move it away`,
  );
}

/** Makes a home, or takes it over. Returns and throws as `checkHome`. */
export function takeHome(home: string, { adopt }: { adopt: boolean }): boolean {
  makePrivateFolder(dirname(home));
  return makePrivateIfFree(home) ? false : checkHome(home, { adopt });
}

/** Takes back a home that was made for an account which then could not be added. */
export function giveBackHome(home: string): void {
  remove(home);
}
