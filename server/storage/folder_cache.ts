/** Where the folders of a tree are on disk, looked up once for many files. */
import { namesOf } from "../../files/lookup.ts";
import { StatusError } from "../../protocol/status.ts";
import { checkName, childOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import type { Jail } from "./jail.ts";

/** A name in a folder on disk. */
export interface Located {
  readonly folder: string;
  readonly name: string;
}

/** Valid for one synchronous stretch of work: nothing of this process changes a folder in between. */
export class FolderCache {
  readonly #jail: Jail;
  readonly #base: VirtualPath;
  readonly #found = new Map<string, string>();
  readonly #names = new Map<string, Set<string>>();

  constructor(jail: Jail, base: VirtualPath) {
    this.#jail = jail;
    this.#base = base;
  }

  /**
   * Where a path below the base is.
   *
   * @throws {StatusError} 411 for a name that is not allowed, otherwise as `Jail.place` for its folder
   */
  locate(path: string): Located {
    const cut = path.lastIndexOf("/");
    const name = path.slice(cut + 1);
    checkName(name);
    const parent = cut < 0 ? "" : path.slice(0, cut);
    let folder = this.#found.get(parent);
    if (folder === undefined) {
      // A path from the top, or one that climbs, is not below the base.
      if (cut >= 0) { for (const part of parent.split("/")) checkName(part); }
      const place = childOf(this.#base, parent);
      folder = this.#jail.folder(place);
      this.#found.set(parent, folder);
    }
    this.#jail.checkHostName(name);
    return { folder, name };
  }

  /** The folders of some paths below the base, with others. A path whose folder is gone, or may not be used, has none. */
  foldersOf(paths: readonly { readonly name: string }[], others: Iterable<string>): Set<string> {
    const folders = new Set(others);
    for (const { name } of paths) {
      try {
        folders.add(this.locate(name).folder);
      } catch (error) {
        if (!(error instanceof StatusError) || error.code >= 500) throw error;
      }
    }
    return folders;
  }

  /** Whether a folder has a name: one look at the folder answers for all that is put there. */
  has({ folder, name }: Located): boolean {
    let names = this.#names.get(folder);
    if (!names) {
      names = new Set(namesOf(folder));
      this.#names.set(folder, names);
    }
    return names.has(name);
  }

  /** Notes that a folder now has a name. */
  add({ folder, name }: Located): void {
    this.#names.get(folder)?.add(name);
  }
}
