/** A tree on the server, as items. */
import { StatusError } from "../../protocol/status.ts";
import type { VirtualPath } from "../../protocol/virtual_path.ts";
import { listTree } from "../list_remote.ts";
import type { Remote } from "../remote.ts";
import type { TreeItem } from "./entry.ts";

/** Everything below a folder by name, parents first; `undefined` when there is no such folder. */
export async function remoteTree(
  remote: Remote,
  path: VirtualPath,
  { checksum }: { checksum: boolean },
): Promise<{ items: Map<string, TreeItem>; skipped: number } | undefined> {
  const items = new Map<string, TreeItem>();
  try {
    const { skipped } = await listTree(remote, { path, checksum }, (page) => {
      for (const { mode, ...item } of page) items.set(item.name, { ...item, exec: (mode & 0o100) !== 0 });
    });
    return { items, skipped };
  } catch (error) {
    if (error instanceof StatusError && error.code === 402) return undefined;
    throw error;
  }
}

/**
 * What has to go so that only wanted things are left, each subtree by its top alone.
 *
 * @param there what is there, parents first
 * @param wanted what should be there
 * @param keep whether an item, and with it all below and the folders on the way to it, is left alone in any case
 */
export function extrasOf(
  there: Iterable<TreeItem>,
  wanted: ReadonlyMap<string, TreeItem>,
  keep: (item: TreeItem) => boolean,
): string[] {
  const items = [...there];
  const kept = new Set<string>();
  const onTheWay = new Set<string>();
  for (const item of items) {
    const { name } = item;
    if (!kept.has(parentOf(name)) && !keep(item)) continue;
    kept.add(name);
    for (let folder = parentOf(name); folder !== ""; folder = parentOf(folder)) onTheWay.add(folder);
  }
  const gone = new Set<string>();
  const tops: string[] = [];
  for (const { name, entry } of items) {
    if (gone.has(parentOf(name))) gone.add(name);
    else if (!kept.has(name) && !onTheWay.has(name) && wanted.get(name)?.entry !== entry) {
      gone.add(name);
      tops.push(name);
    }
  }
  return tops;
}

function parentOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf("/")));
}
