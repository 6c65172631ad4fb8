/** Single items of a local tree; links are not followed. */
import { basename, dirname, join } from "@std/path";
import { isExecutable } from "../../files/file_mode.ts";
import { lookAt, namesIfThere } from "../../files/lookup.ts";
import { localFailure } from "../transfer/file.ts";
import { seenOf } from "../transfer/seen.ts";
import { parentOf, type TreeItem } from "./entry.ts";

/** How many folders' names are kept at a time: those of a tree are asked for one after another. */
const KEPT_FOLDERS = 64;

/** What kind of thing it is, its link not followed. */
export function kindOf({ isFile, isDirectory, isSymlink }: Deno.FileInfo): TreeItem["entry"] {
  return isFile ? "file" : isDirectory ? "folder" : isSymlink ? "link" : "other";
}

/** An item from what was seen at its place. */
export function itemOf(name: string, info: Deno.FileInfo): TreeItem {
  const { mtime, ctime, ino } = seenOf(info);
  const { isFile } = info;
  return {
    name,
    entry: kindOf(info),
    size: isFile ? info.size : 0,
    mtime,
    exec: isFile && isExecutable(info),
    ctime,
    ino,
  };
}

/** Finds items of a tree that may not be there: a folder is read once for all in it. */
export class LocalItems {
  readonly #top: string;
  readonly #names = new Map<string, Set<string>>();

  constructor(top: string) {
    this.#top = top;
  }

  /** What is at a path below the top; `undefined` when there is nothing. */
  find(name: string): TreeItem | undefined {
    const folder = parentOf(name);
    let names = this.#names.get(folder);
    if (!names) {
      if (this.#names.size >= KEPT_FOLDERS) this.#names.clear();
      this.#names.set(folder, names = namesIn(join(this.#top, folder)));
    }
    if (!names.has(name.slice(name.lastIndexOf("/") + 1))) return undefined;
    try {
      const info = lookAt(join(this.#top, name));
      return info && itemOf(name, info);
    } catch (error) {
      throw localFailure(error, name);
    }
  }
}

/** What kind of thing is at a path below a top at this moment; `undefined` when there is nothing of exactly that name. */
export function kindNow(top: string, name: string): TreeItem["entry"] | undefined {
  const place = join(top, name);
  try {
    const info = lookAt(place);
    // A file system that folds capitals finds other names, too.
    return info && namesIn(dirname(place)).has(basename(place)) ? kindOf(info) : undefined;
  } catch (error) {
    throw localFailure(error, name);
  }
}

function namesIn(folder: string): Set<string> {
  try {
    return new Set(namesIfThere(folder));
  } catch (error) {
    throw localFailure(error, folder);
  }
}
