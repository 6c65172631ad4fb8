/** Lists from the server, piece by piece, every line checked before anybody sees it. */
import {
  COMMANDS,
  LISTING_ENTRY,
  type ListingEntry,
  PART_ENTRY,
  type PartEntry,
  TREE_ENTRY,
  type TreeEntry,
} from "../protocol/commands.ts";
import { type Fields, readFields, type Shape } from "../protocol/fields.ts";
import { decodeList, decodeText } from "../protocol/header.ts";
import { StatusError } from "../protocol/status.ts";
import { checkName, type VirtualPath } from "../protocol/virtual_path.ts";
import type { Exchange } from "./exchange.ts";
import type { Remote } from "./remote.ts";

const LINE_LIMIT_BYTES = 65_536;
const LF = 0x0a;

/**
 * Lists a folder.
 *
 * @param onPage gets the entries as they come
 * @returns how many names the server could not say
 * @throws {StatusError} what the server tells; 401 for a listing that is malformed, 411 for a name that is not allowed
 */
export async function listRemote(
  remote: Remote,
  path: VirtualPath,
  onPage: (entries: ListingEntry[]) => void,
): Promise<{ skipped: number }> {
  const exchange = await remote.open("ls", { path });
  const header = await readLines(exchange, LISTING_ENTRY, (entries) => {
    for (const { name } of entries) checkName(name);
    onPage(entries);
  });
  const { skipped } = readFields(header, COMMANDS.ls.reply, "ignore");
  return { skipped };
}

/**
 * Lists everything below a folder, folders before what is in them. Every name is a path of allowed names.
 *
 * @param onPage gets the entries as they come
 * @returns how many names the server could not say
 */
export async function listTree(
  remote: Remote,
  { path, checksum }: { path: VirtualPath; checksum: boolean },
  onPage: (entries: TreeEntry[]) => void,
): Promise<{ skipped: number }> {
  const exchange = await remote.open("tree", { path, checksum });
  const folders = new Set([""]);
  const header = await readLines(exchange, TREE_ENTRY, (entries) => {
    for (const { name, entry } of entries) {
      const cut = name.lastIndexOf("/");
      checkName(name.slice(cut + 1));
      // Parents come first, so a path is one of checked names when its folder is.
      if (cut === 0 || !folders.has(name.slice(0, Math.max(0, cut)))) {
        throw new StatusError(401, "The server's tree is malformed");
      }
      if (entry === "folder") folders.add(name);
    }
    onPage(entries);
  });
  const { skipped } = readFields(header, COMMANDS.tree.reply, "ignore");
  return { skipped };
}

/** The user's unfinished uploads. */
export async function listParts(remote: Remote): Promise<PartEntry[]> {
  const parts: PartEntry[] = [];
  await readLines(await remote.open("parts", {}), PART_ENTRY, (entries) => parts.push(...entries));
  return parts;
}

/** Reads data frames that hold one JSON object a line, up to the reply, whose header it returns. */
export async function readLines<S extends Shape>(exchange: Exchange, shape: S, onLines: (lines: Fields<S>[]) => void) {
  try {
    let rest: Uint8Array = new Uint8Array(0);
    for (;;) {
      const next = await exchange.receive();
      if (next.kind === "end") throw new StatusError(401, "The server's list is malformed");
      if (next.kind === "reply") {
        if (rest.length > 0) throw new StatusError(401, "The server's list ends inside an entry");
        return next.reply.header;
      }
      const cut = next.chunk.lastIndexOf(LF) + 1;
      const whole = cut === 0 ? next.chunk.subarray(0, 0) : concat(rest, next.chunk.subarray(0, cut));
      rest = cut === 0 ? concat(rest, next.chunk) : next.chunk.slice(cut);
      if (rest.length > LINE_LIMIT_BYTES) throw new StatusError(413, "An entry of the server's list is too large");
      if (whole.length > 0) onLines(linesOf(whole, shape));
    }
  } catch (error) {
    await exchange.cancel();
    throw error;
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

function linesOf<S extends Shape>(bytes: Uint8Array, shape: S): Fields<S>[] {
  // One object to a line is a list once the line ends are commas: all of it is decoded at once.
  const text = decodeText(bytes.subarray(0, -1)).replaceAll("\n", ",");
  return decodeList(`[${text}]`).map((line) => readFields(line, shape, "ignore"));
}
