/** A local tree: everything below a folder, links named and not followed. */
import { join } from "@std/path";
import { RECORD_LIMIT_BYTES } from "../../protocol/record.ts";
import { StatusError } from "../../protocol/status.ts";
import { checkName } from "../../protocol/virtual_path.ts";
import { isExecutable, localFailure } from "../local/file.ts";
import { seenOf } from "../local/seen.ts";
import { SmallFileReader } from "../local/small_file_reader.ts";
import { hashLocal } from "../local/source_file.ts";
import type { TempFiles } from "../local/temp_files.ts";
import type { TreeItem } from "./entry.ts";
import type { Exclude } from "./exclude.ts";

/** How long a walk may go on without a pause. */
const TURN_MS = 20;

/** What was found, and what could not be looked at. */
export interface LocalTree {
  readonly items: TreeItem[];
  readonly failures: { readonly name: string; readonly error: StatusError }[];
  /** Temporary files of this program: no part of the tree, and to be left alone. */
  readonly ours: string[];
}

/** Walks a folder; parents come before what is in them. Names that no server takes are failures. */
export async function walkLocal(
  top: string,
  { exclude, checksum, temps }: { exclude: Exclude; checksum: boolean; temps: TempFiles },
): Promise<LocalTree> {
  const tree: LocalTree = { items: [], failures: [], ours: [] };
  const waiting = [""];
  const pause = pauses();
  const reader = new SmallFileReader();
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const below: string[] = [];
    await pause();
    for (const { name: last, isDirectory } of entriesOf(join(top, folder), folder, tree)) {
      const name = folder === "" ? last : `${folder}/${last}`;
      if (exclude.fits(name, isDirectory)) continue;
      const path = join(top, name);
      try {
        if (temps.isOurs(path)) {
          tree.ours.push(name);
          continue;
        }
        checkName(last);
        const item = itemOf(name, Deno.lstatSync(path));
        if (item.entry === "folder") below.push(name);
        const isHashed = checksum && item.entry === "file";
        tree.items.push(isHashed ? { ...item, sha256: await digestOf(path, item, reader) } : item);
      } catch (error) {
        tree.failures.push({ name, error: localFailure(error, name) });
      }
    }
    // One by one: a call takes only so many arguments.
    for (const name of below.reverse()) waiting.push(name);
  }
  return tree;
}

/** Lets others have a turn, now and then: requests have to leave, and an interrupt has to be seen. */
function pauses(): () => Promise<void> {
  let last = -Infinity;
  return async () => {
    if (performance.now() - last < TURN_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    last = performance.now();
  };
}

async function digestOf(path: string, item: TreeItem, reader: SmallFileReader): Promise<string> {
  return item.size <= RECORD_LIMIT_BYTES ? reader.read(path, item).sha256 : (await hashLocal(path, () => {})).sha256;
}

function entriesOf(path: string, name: string, tree: LocalTree): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)].sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    tree.failures.push({ name, error: localFailure(error, path) });
    return [];
  }
}

function itemOf(name: string, info: Deno.FileInfo): TreeItem {
  const entry = info.isFile ? "file" : info.isDirectory ? "folder" : info.isSymlink ? "link" : "other";
  const { mtime, ctime, ino } = seenOf(info);
  return { name, entry, size: info.isFile ? info.size : 0, mtime, exec: info.isFile && isExecutable(info), ctime, ino };
}

/** Looks at single items of a tree that may not be there: each folder is read once. Links are not followed. */
export class LocalItems {
  readonly #top: string;
  readonly #names = new Map<string, Set<string>>();

  constructor(top: string) {
    this.#top = top;
  }

  /** What is at a path below the top; `undefined` when there is nothing. */
  find(name: string): TreeItem | undefined {
    const cut = name.lastIndexOf("/");
    const folder = cut < 0 ? "" : name.slice(0, cut);
    let names = this.#names.get(folder);
    if (!names) this.#names.set(folder, names = namesIn(join(this.#top, folder)));
    if (!names.has(name.slice(cut + 1))) return undefined;
    try {
      return itemOf(name, Deno.lstatSync(join(this.#top, name)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw localFailure(error, name);
    }
  }
}

function namesIn(folder: string): Set<string> {
  try {
    return new Set([...Deno.readDirSync(folder)].map(({ name }) => name));
  } catch (error) {
    // Nothing is in a folder that is not there, or that is a file.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return new Set();
    throw localFailure(error, folder);
  }
}
