/** A tree on the server, as items. */
import type { ListNote, TreeEntry } from "../../protocol/message/commands.ts";
import { StatusError } from "../../protocol/status.ts";
import type { VirtualPath } from "../../protocol/virtual_path.ts";
import { ListBound } from "../connection/list_bound.ts";
import { listTree } from "../connection/list_remote.ts";
import type { Remote } from "../connection/remote.ts";
import { parentOf, type TreeItem, type TreeOptions } from "./entry.ts";

/** What was found, by name, parents first, and what is missing of it and not excluded. */
export interface RemoteTree {
  readonly items: ReadonlyMap<string, TreeItem>;
  /** By name what cannot be read. */
  readonly unread: ReadonlyMap<string, ListNote>;
  /** By folder how many of its names cannot be said. */
  readonly unsayable: ReadonlyMap<string, number>;
}

/** A tree without anything in it. */
export const EMPTY_TREE: RemoteTree = { items: new Map(), unread: new Map(), unsayable: new Map() };

/** Everything below a folder, what is excluded, too; `undefined` when there is no such folder. */
export async function remoteTree(
  remote: Remote,
  path: VirtualPath,
  { checksum, exclude }: Pick<TreeOptions, "checksum" | "exclude">,
): Promise<RemoteTree | undefined> {
  const items = new Map<string, TreeItem>();
  const notes: ListNote[] = [];
  const bound = new ListBound();
  const checkPlace = (name: string) => {
    const parent = parentOf(name);
    if (parent === "" || items.get(parent)?.entry === "folder") return;
    throw new StatusError(401, "The server's tree is malformed");
  };
  const sink = {
    entries(page: readonly TreeEntry[]) {
      for (const entry of page) {
        checkPlace(entry.name);
        bound.keep(entry.name);
        items.set(entry.name, itemOf(entry, { checksum }));
      }
    },
    note(note: ListNote) {
      checkPlace(note.name);
      bound.keep(note.name, note.message);
      notes.push(note);
    },
  };
  try {
    await listTree(remote, { path, checksum }, sink);
  } catch (error) {
    if (error instanceof StatusError && error.code === 402) return undefined;
    throw error;
  }
  // What could not even be looked at may be a folder.
  const isFolder = (name: string) => (items.get(name)?.entry ?? "folder") === "folder";
  return { items, ...gapsIn(notes.filter(({ name }) => name === "" || !exclude.fits(name, isFolder(name)))) };
}

function gapsIn(notes: readonly ListNote[]): Omit<RemoteTree, "items"> {
  const unread = new Map<string, ListNote>();
  const unsayable = new Map<string, number>();
  for (const note of notes) {
    const { name, code, skipped } = note;
    if (code === 411 && skipped !== undefined) unsayable.set(name, skipped);
    else unread.set(name, note);
  }
  return { unread, unsayable };
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
