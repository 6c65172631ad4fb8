/** A local tree: everything below a folder, links named and not followed. */
import { join } from "@std/path";
import { entriesOf as entriesOnDisk, infoOf } from "../../files/lookup.ts";
import { isMount } from "../../files/mount.ts";
import { RECORD_LIMIT_BYTES } from "../../protocol/message/record.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { checkName } from "../../protocol/virtual_path.ts";
import { localFailure } from "../transfer/file.ts";
import { SmallFileReader } from "../transfer/small_file_reader.ts";
import { hashLocal } from "../transfer/source_file.ts";
import type { TempFiles } from "../transfer/temp_files.ts";
import type { TreeItem } from "./entry.ts";
import type { Exclude } from "./exclude.ts";
import { itemOf } from "./local_items.ts";

/** How long a walk may go on without a pause. */
const TURN_MS = 20;

/** What was found, and what could not be looked at. */
export interface LocalTree {
  readonly items: TreeItem[];
  readonly failures: { readonly name: string; readonly error: StatusError }[];
  /** Temporary files of this program: no part of the tree, and to be left alone. */
  readonly ours: string[];
}

/**
 * Walks a folder; parents come before what is in them. Names that no server takes are failures.
 *
 * @param options `exclude`: what is left out; `checksum`: with the digest of every file; `mounts`: with the mounts known
 * @throws {StatusError} 402, 406 when the top itself cannot be read
 */
export async function walkLocal(
  top: string,
  { exclude, checksum, temps, mounts = false }: {
    exclude: Exclude;
    checksum: boolean;
    temps: TempFiles;
    mounts?: boolean;
  },
): Promise<LocalTree> {
  const tree: LocalTree = { items: [], failures: [], ours: [] };
  const waiting = [""];
  const pause = pauses();
  const reader = new SmallFileReader();
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const below: string[] = [];
    await pause();
    let before = "";
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
        const item = last === before ? notUtf8(name) : itemOf(name, look(path, name));
        if (item.entry === "folder") below.push(name);
        if (mounts && item.entry === "folder" && isMount(path)) tree.items.push({ ...item, mount: true });
        else if (!checksum || item.entry !== "file") tree.items.push(item);
        else tree.items.push({ ...item, sha256: await digestOf(path, item, reader) });
      } catch (error) {
        tree.failures.push({ name, error: localFailure(error, name) });
      }
      before = last;
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

function look(place: string, name: string): Deno.FileInfo {
  try {
    return infoOf(place);
  } catch (error) {
    // Bytes that are not UTF-8 come as U+FFFD, and nothing is found by that.
    if (error instanceof Deno.errors.NotFound && name.includes("\ufffd")) notUtf8(name);
    throw error;
  }
}

function notUtf8(name: string): never {
  throw new StatusError(411, `Local name ${quote(name)} is not allowed: it is not UTF-8`);
}

function entriesOf(path: string, name: string, tree: LocalTree): Deno.DirEntry[] {
  try {
    return entriesOnDisk(path).sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    const failure = localFailure(error, path);
    if (name === "") throw failure;
    tree.failures.push({ name, error: failure });
    return [];
  }
}
