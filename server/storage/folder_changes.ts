/** Changes of names: folders made, things removed. What can fail without a change is done before it. */
import { ChangingFolder } from "../../files/durable.ts";
import { makeFolder as makeOnDisk } from "../../files/folder.ts";
import { infoOf } from "../../files/lookup.ts";
import { remove } from "../../files/remove.ts";
import { quote } from "../../protocol/text.ts";
import { StatusError } from "../../protocol/status.ts";
import { parentOf, TOP, type VirtualPath } from "../../protocol/virtual_path.ts";
import { done, type Doubt, doubtOf, syncChange } from "./doubt.ts";
import type { Jail } from "./jail.ts";
import { missing, translateOsErrors } from "./os_error.ts";

/** Something that is there, its link not followed. @throws {StatusError} 402 when there is nothing, else as the jail */
export function existingOccupant(jail: Jail, path: VirtualPath): { place: string; info: Deno.FileInfo } {
  const { place, info } = jail.occupant(path);
  if (!info) throw missing(path);
  return { place, info };
}

/**
 * Makes a folder. With `parents`, those above it too, and no complaint when it is there already; when one of them cannot
 * be made, those that were are taken back.
 */
export async function makeFolder(
  jail: Jail,
  path: VirtualPath,
  { parents }: { parents: boolean },
): Promise<Doubt | undefined> {
  const made: VirtualPath[] = [];
  const changed: ChangingFolder[] = [];
  try {
    for (const folder of parents ? wayTo(path) : [path]) {
      const change = makeOne(jail, folder, { parents });
      if (!change) continue;
      made.push(folder);
      changed.push(change);
      // One by one: a deep path must not need a descriptor for each of its folders.
      await change.sync();
      change.close();
    }
  } catch (error) {
    throw takenBack(jail, made, error);
  }
  return doubtOf(done("Made", path), changed);
}

/** The folders from the top to a path, without the top. */
function wayTo(path: VirtualPath): VirtualPath[] {
  const way: VirtualPath[] = [];
  for (let folder = path; folder !== TOP; folder = parentOf(folder)) way.unshift(folder);
  return way;
}

/** @returns the folder that has changed, still to be synced; `undefined` when there was nothing to make */
function makeOne(jail: Jail, path: VirtualPath, { parents }: { parents: boolean }): ChangingFolder | undefined {
  if (path === TOP) throw new StatusError(403, `"/" exists already`);
  const { place, info } = jail.occupant(path);
  if (info && parents && isFolder(jail, path)) return undefined;
  if (info) throw new StatusError(403, `${quote(path)} exists already`);
  return translateOsErrors(path, () => {
    const folder = ChangingFolder.of(place);
    try {
      makeOnDisk(place, { mode: 0o700 });
      return folder;
    } catch (error) {
      folder.close();
      throw error;
    }
  });
}

function isFolder(jail: Jail, path: VirtualPath): boolean {
  return translateOsErrors(path, () => infoOf(jail.existing(path))).isDirectory;
}

/** The failure as it is once the folders that were made are gone again, or with those that are not. */
function takenBack(jail: Jail, made: VirtualPath[], error: unknown): unknown {
  while (made.length > 0) {
    try {
      remove(jail.place(made.at(-1)!));
      made.pop();
    } catch {
      // Somebody may have put something into it: then it stays, and the failure says so.
      break;
    }
  }
  if (made.length === 0 || !(error instanceof StatusError)) return error;
  const { code, message, details, cause } = error;
  return new StatusError(code, `${message}; ${quote(made.at(-1)!)} was made`, { details, cause });
}

/** Removes an empty folder. */
export async function removeFolder(jail: Jail, path: VirtualPath): Promise<Doubt | undefined> {
  const { place, info } = existingOccupant(jail, path);
  if (!info.isDirectory) throw new StatusError(407, `${quote(path)} is not a folder`);
  using folder = translateOsErrors(path, () => ChangingFolder.of(place));
  translateOsErrors(path, () => remove(place));
  return await syncChange(done("Removed", path), folder);
}
