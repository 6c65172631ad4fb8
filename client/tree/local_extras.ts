/** `--delete` on this side: what only this side has goes. */
import { infoOf } from "../../files/lookup.ts";
import { remove, removeWithContent } from "../../files/remove.ts";
import { isMount } from "../../files/mount.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { localFailure } from "../transfer/file.ts";
import type { TempFiles } from "../transfer/temp_files.ts";
import { parentOf, type TreeItem } from "./entry.ts";
import { Exclude } from "./exclude.ts";
import { type Extras, extrasOf, type FirstSide, NO_EXTRAS } from "./extras.ts";
import type { TreeJob } from "./job.ts";
import { kindOf } from "./local_items.ts";
import { type LocalTree, walkLocal } from "./local_tree.ts";

/**
 * What is here and not in the first side, whose list is whole.
 *
 * @throws {StatusError} as `extrasOf`
 */
export async function localExtras(
  target: string,
  temps: TempFiles,
  { job, first }: { job: TreeJob; first: FirstSide },
): Promise<Extras> {
  const { options } = job;
  const here = await walkTarget(target, { temps, mounts: true });
  if (!here) return NO_EXTRAS;
  const unread = new Set<string>();
  const unsayable = new Map<string, number>();
  for (const { name, error } of here.failures) {
    const folder = parentOf(name);
    if (error.code === 411) unsayable.set(folder, (unsayable.get(folder) ?? 0) + 1);
    else if (!options.exclude.fits(name, true)) {
      unread.add(name);
      job.fail(name, error);
    }
  }
  const untouchable = new Set([...unread, ...here.ours]);
  const second = [...here.items, ...here.ours.map(ourItem)];
  return extrasOf({ ...first, second, untouchable, unsayable }, options);
}

/** What an unfinished download has here: it keeps itself and the folders that it is in. */
function ourItem(name: string): TreeItem {
  return { name, entry: "file", size: 0, mtime: 0, exec: false };
}

/** All that is here; `undefined` when the folder is not there yet. */
export async function walkTarget(
  target: string,
  how: { temps: TempFiles; checksum?: boolean; exclude?: Exclude; mounts?: boolean },
): Promise<LocalTree | undefined> {
  try {
    return await walkLocal(target, { checksum: false, exclude: new Exclude([]), ...how });
  } catch (error) {
    if (error instanceof StatusError && error.code === 402) return undefined;
    throw error;
  }
}

/** Removes a folder with all in it, or what else was seen there; a link itself and not what it leads to. */
export function removeLocal(path: string, { entry }: TreeItem): void {
  try {
    const isAsSeen = kindOf(infoOf(path)) === entry && !(entry === "folder" && isMount(path));
    if (!isAsSeen) throw new StatusError(407, `Local ${quote(path)} has changed meanwhile, and was left alone`);
    if (entry === "folder") removeWithContent(path);
    else remove(path);
  } catch (error) {
    throw localFailure(error, path);
  }
}
