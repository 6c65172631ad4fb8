/** The last step of an upload: from staging to its place. Nothing of this process comes between check and rename. */
import { setMtime } from "../../files/file_time.ts";
import { makeExecutable } from "../../files/file_mode.ts";
import type { FileDigest } from "../../files/hashed_writer.ts";
import { infoOf, lookAt } from "../../files/lookup.ts";
import { tryRemove } from "../../files/remove.ts";
import { rename } from "../../files/rename.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import type { VirtualPath } from "../../protocol/virtual_path.ts";
import type { DigestCache } from "./digest_cache.ts";
import type { Jail } from "./jail.ts";
import { checkTarget } from "./target.ts";

/** What is installed. `mtime` in ms. */
export interface Installation {
  readonly staged: string;
  readonly arrived: FileDigest;
  readonly path: VirtualPath;
  readonly mtime: number | undefined;
  readonly create: boolean;
  readonly exec: boolean;
}

/** What came of it. */
export interface Installed {
  /** Bytes by which the home has grown. */
  readonly gained: number;
  /** Somebody swapped the folder for a link just then, and the file went elsewhere. */
  readonly isMisplaced: boolean;
}

/**
 * Renames a staged file over what is at its path.
 *
 * @throws {StatusError} as `checkTarget`, and the error of the operating system; nothing has changed then
 */
export function install(
  { staged, arrived: { size, sha256 }, path, mtime, create, exec }: Installation,
  { jail, digests }: { jail: Jail; digests: DigestCache },
): Installed {
  const { place, info } = checkTarget(jail, path, create);
  atStaged(staged, path, () => {
    setMtime(staged, mtime);
    if (exec) makeExecutable(staged);
    rename(staged, place);
  });
  // The home has changed: from here on nothing may throw before that is booked.
  const replaced = info?.isFile ? info.size : 0;
  if (!isInPlace(jail, path, place)) return { gained: (tryRemove(place) ? 0 : size) - replaced, isMisplaced: true };
  remember(digests, place, sha256);
  return { gained: size - replaced, isMisplaced: false };
}

/** Works on what was staged. @throws {StatusError} 406 when it went with its volume; else what the system says */
export function atStaged(staged: string, path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) || isThere(staged)) throw error;
    throw new StatusError(406, `The volume that ${quote(path)} was on its way to is gone; send it again`, {
      cause: error,
    });
  }
}

function isThere(path: string): boolean {
  try {
    return lookAt(path) !== undefined;
  } catch {
    return false;
  }
}

/** Whether the folder is still the one that was checked, and not a link that somebody put there meanwhile. */
function isInPlace(jail: Jail, path: VirtualPath, place: string): boolean {
  try {
    return jail.place(path) === place;
  } catch (error) {
    // Only a folder that leads outside says that it is not: a disk that fails now had no objection to the rename.
    return !(error instanceof StatusError && error.code === 406);
  }
}

function remember(digests: DigestCache, place: string, sha256: string): void {
  try {
    digests.set(infoOf(place), sha256);
  } catch {
    // What is not remembered is computed again.
  }
}
