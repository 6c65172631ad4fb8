/** A tree on the server, as items. */
import type { ListNote, TreeEntry } from "../../protocol/message/commands.ts";
import { StatusError } from "../../protocol/status.ts";
import type { VirtualPath } from "../../protocol/virtual_path.ts";
import { ListBound } from "../connection/list_bound.ts";
import { listTree } from "../connection/list_remote.ts";
import type { Remote } from "../connection/remote.ts";
import { parentOf, type TreeItem, type TreeOptions } from "./entry.ts";

/** What was found, by name, parents first, and what is not, or not wholly, among it. */
export interface RemoteTree {
  readonly items: Map<string, TreeItem>;
  readonly notes: ListNote[];
}

/**
 * Everything below a folder; `undefined` when there is no such folder.
 *
 * @param options `bound`: how much of it is kept
 */
export async function remoteTree(
  remote: Remote,
  path: VirtualPath,
  { checksum, bound = new ListBound() }: { checksum: boolean; bound?: ListBound },
): Promise<RemoteTree | undefined> {
  const tree: RemoteTree = { items: new Map(), notes: [] };
  const sink = {
    entries(page: readonly TreeEntry[]) {
      for (const entry of page) {
        if (!isPlaced(entry.name, tree)) throw new StatusError(401, "The server's tree is malformed");
        bound.keep(entry.name);
        tree.items.set(entry.name, itemOf(entry, { checksum }));
      }
    },
    note(note: ListNote) {
      if (!isPlaced(note.name, tree)) throw new StatusError(401, "The server's tree is malformed");
      bound.keep(note.name, note.message);
      tree.notes.push(note);
    },
  };
  try {
    await listTree(remote, { path, checksum }, sink);
    return tree;
  } catch (error) {
    if (error instanceof StatusError && error.code === 402) return undefined;
    throw error;
  }
}

/** What is missing in a tree and not excluded: by name what cannot be read, and by folder how many names cannot be said. */
export function gapsOf(
  { items, notes }: RemoteTree,
  { exclude }: Pick<TreeOptions, "exclude">,
): { unread: ReadonlyMap<string, ListNote>; unsayable: ReadonlyMap<string, number> } {
  const unread = new Map<string, ListNote>();
  const unsayable = new Map<string, number>();
  for (const note of notes) {
    const { name, code, skipped } = note;
    // What could not even be looked at may be a folder.
    const isFolder = (items.get(name)?.entry ?? "folder") === "folder";
    if (name !== "" && exclude.fits(name, isFolder)) continue;
    if (code === 411 && skipped !== undefined) unsayable.set(name, skipped);
    else unread.set(name, note);
  }
  return { unread, unsayable };
}

/** Whether a name is below a folder that was listed before. */
function isPlaced(name: string, { items }: RemoteTree): boolean {
  const parent = parentOf(name);
  return parent === "" || items.get(parent)?.entry === "folder";
}

/** Only what is needed, and always in the same order: a million of these are kept. */
function itemOf(
  { name, entry, size, mtime, mode, sha256, mount }: TreeEntry,
  { checksum }: { checksum: boolean },
): TreeItem {
  const item = { name, entry, size, mtime, exec: (mode & 0o100) !== 0 };
  if (checksum && sha256 !== undefined) return { ...item, sha256 };
  return mount ? { ...item, mount } : item;
}
