/** A local tree: everything below a folder, links named and not followed. */
import { join } from "@std/path";
import { mtimeOf } from "../../files/file_time.ts";
import { RECORD_LIMIT_BYTES } from "../../protocol/record.ts";
import { StatusError } from "../../protocol/status.ts";
import { checkName } from "../../protocol/virtual_path.ts";
import { hashLocal, isExecutable, localFailure } from "../local/file.ts";
import { isTempName, SmallFileReader } from "../local/small_files.ts";
import type { TreeItem } from "./entry.ts";
import type { Exclude } from "./exclude.ts";

/** How long a walk may go on without a pause. */
const TURN_MS = 20;

/** What was found, and what could not be looked at. */
export interface LocalTree {
  readonly items: TreeItem[];
  readonly failures: { readonly name: string; readonly error: StatusError }[];
}

/** Walks a folder; parents come before what is in them. Names that no server takes are failures. */
export async function walkLocal(
  top: string,
  { exclude, checksum }: { exclude: Exclude; checksum: boolean },
): Promise<LocalTree> {
  const tree: LocalTree = { items: [], failures: [] };
  const waiting = [""];
  const pause = pauses();
  const reader = new SmallFileReader();
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const below: string[] = [];
    await pause();
    for (const { name: last, isDirectory } of entriesOf(join(top, folder), folder, tree)) {
      const name = folder === "" ? last : `${folder}/${last}`;
      if (isTempName(last) || exclude.fits(name, isDirectory)) continue;
      try {
        checkName(last);
        const item = itemOf(name, Deno.lstatSync(join(top, name)));
        if (item.entry === "folder") below.push(name);
        const isHashed = checksum && item.entry === "file";
        tree.items.push(isHashed ? { ...item, sha256: await digestOf(join(top, name), item.size, reader) } : item);
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

async function digestOf(path: string, size: number, reader: SmallFileReader): Promise<string> {
  return size <= RECORD_LIMIT_BYTES ? reader.read(path, size).sha256 : (await hashLocal(path, () => {})).sha256;
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
  return {
    name,
    entry,
    size: info.isFile ? info.size : 0,
    mtime: mtimeOf(info),
    exec: info.isFile && isExecutable(info),
  };
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
