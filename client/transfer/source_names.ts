/** What a server knows local files by, to resume their uploads later. */
import { createHmac } from "node:crypto";
import { join } from "@std/path";
import { makePrivateFolder } from "../../files/folder.ts";
import { mtimeOf } from "../../files/file_time.ts";
import { isMissing, realPathOf } from "../../files/lookup.ts";
import { removeIfThere } from "../../files/remove.ts";
import { linkIfFree, rename } from "../../files/rename.ts";
import { readWhole, writeNew } from "../../files/small_file.ts";
import { newId } from "./temp_name.ts";

const KEY_NAME = "source-key";
const KEY_BYTES = 32;

/** Names with a key that only this client has: nobody else can say them, or tell from one what it names. */
export class SourceNames {
  readonly #folder: string | undefined;
  #key: Uint8Array | undefined;

  /** @param folder the client's state folder; without one that can be used, names last as long as this program */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /** The name of a file as it is now: of this machine, its path, size and time. */
  of(path: string, info: Deno.FileInfo): string {
    this.#key ??= keyIn(this.#folder) ?? newKey();
    const facts = [Deno.hostname(), realPathOf(path), info.size, mtimeOf(info)];
    return createHmac("sha256", this.#key).update(JSON.stringify(facts)).digest("hex");
  }
}

function newKey(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(KEY_BYTES));
}

/** The key that is kept in a folder, made if it is not there yet; `undefined` where none can be kept. */
function keyIn(folder: string | undefined): Uint8Array | undefined {
  if (folder === undefined) return undefined;
  const file = join(folder, KEY_NAME);
  try {
    return read(file) ?? make(folder, file);
  } catch {
    // Without a key that lasts, a later program finds an upload by path and size, and compares its digest as always.
    return undefined;
  }
}

/** A key; `undefined` when there is none, or what is left of one after a crash. */
function read(file: string): Uint8Array | undefined {
  try {
    const key = readWhole(file);
    return key.length === KEY_BYTES ? key : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Makes a key in one step: of programs that start at the same time, all take the one that was first. */
function make(folder: string, file: string): Uint8Array | undefined {
  makePrivateFolder(folder);
  const temp = `${file}.${newId()}`;
  try {
    writeNew(temp, newKey());
    // What is there is damaged, or this file system has no links.
    if (!isFirst(temp, file) && read(file) === undefined) rename(temp, file);
  } finally {
    removeIfThere(temp);
  }
  return read(file);
}

function isFirst(temp: string, file: string): boolean {
  try {
    return linkIfFree(temp, file);
  } catch {
    return false;
  }
}
