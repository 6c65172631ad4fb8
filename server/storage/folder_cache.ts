/** Where the folders of a tree are on disk, looked up once for many files. */
import { StatusError } from "../../protocol/status.ts";
import { childOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import { checkName } from "../../protocol/virtual_path.ts";
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
      const place = childOf(this.#base, parent);
      folder = this.#jail.folder(place);
      this.#found.set(parent, folder);
    }
    this.#jail.checkHostName(name);
    return { folder, name };
  }

  /** The path of a name as the user knows it. @throws {StatusError} 411 when it is not below the base */
  pathOf(path: string): VirtualPath {
    const full = childOf(this.#base, path);
    if (full === this.#base) throw new StatusError(411, "A file of a tree needs a name");
    return full;
  }
}
