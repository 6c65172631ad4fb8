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
 * @param keep whether a name is left alone in any case
 */
export function extrasOf(
  there: Iterable<TreeItem>,
  wanted: ReadonlyMap<string, TreeItem>,
  keep: (name: string) => boolean,
): string[] {
  const gone = new Set<string>();
  const tops: string[] = [];
  for (const { name, entry } of there) {
    const cut = name.lastIndexOf("/");
    if (cut >= 0 && gone.has(name.slice(0, cut))) {
      gone.add(name);
    } else if (!keep(name) && wanted.get(name)?.entry !== entry) {
      gone.add(name);
      tops.push(name);
    }
  }
  return tops;
}
