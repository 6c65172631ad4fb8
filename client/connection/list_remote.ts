/** Lists from the server, piece by piece, every line checked before anybody sees it; nothing is kept here. */
import {
  COMMANDS,
  LIST_NOTE,
  LISTING_ENTRY,
  type ListingEntry,
  type ListNote,
  PART_ENTRY,
  type PartEntry,
  TREE_ENTRY,
  type TreeEntry,
} from "../../protocol/message/commands.ts";
import { type Fields, readFields } from "../../protocol/message/fields.ts";
import { decodeList, decodeText, type Header } from "../../protocol/message/header.ts";
import { PATH_LIMIT_BYTES } from "../../protocol/limits.ts";
import { isStatusCode, StatusError } from "../../protocol/status.ts";
import { checkName, type VirtualPath } from "../../protocol/virtual_path.ts";
import type { Exchange } from "./exchange.ts";
import { ListBound } from "./list_bound.ts";
import type { Remote } from "./remote.ts";

const LINE_LIMIT_BYTES = 65_536;
const LF = 0x0a;

/** What hears of a list as it comes. */
export interface ListSink<T> {
  entries(page: readonly T[]): void;
  /** Something that is not, or not wholly, in the list. */
  note(note: ListNote): void;
}

/**
 * Lists a folder.
 *
 * @returns how many names the server could not say
 * @throws {StatusError} what the server tells; 401 for a listing that is malformed, 411 for a name that is not allowed
 */
export async function listRemote(
  remote: Remote,
  path: VirtualPath,
  sink: ListSink<ListingEntry>,
): Promise<{ skipped: number }> {
  const exchange = await remote.open("ls", { path });
  const header = await readLines(exchange, (lines) => split(lines, LISTING_ENTRY, { sink, check: checkName }));
  const { skipped } = readFields(header, COMMANDS.ls.reply, "ignore");
  return { skipped };
}

/** Lists everything below a folder, folders before what is in them. Every name is a path of allowed names. */
export async function listTree(
  remote: Remote,
  { path, checksum }: { path: VirtualPath; checksum: boolean },
  sink: ListSink<TreeEntry>,
): Promise<void> {
  const exchange = await remote.open("tree", { path, checksum });
  let checked = "";
  const check = (name: string) => {
    // Nobody could ask for it, and to compare such names takes its time.
    if (name.length > PATH_LIMIT_BYTES) throw new StatusError(411, "A path in the server's tree is too long");
    const cut = name.lastIndexOf("/") + 1;
    // What is in one folder comes together: its path need not be looked at each time.
    if (cut > 0 && name.slice(0, cut) !== checked) {
      name.slice(0, cut - 1).split("/").forEach(checkName);
      checked = name.slice(0, cut);
    }
    checkName(name.slice(cut));
  };
  await readLines(exchange, (lines) => split(lines, TREE_ENTRY, { sink, check }));
}

/** The user's unfinished uploads. */
export async function listParts(remote: Remote): Promise<PartEntry[]> {
  const parts: PartEntry[] = [];
  const bound = new ListBound();
  await readLines(await remote.open("parts", {}), (lines) => {
    for (const line of lines) {
      const entry = readFields(line, PART_ENTRY, "ignore");
      bound.keep(entry.part, entry.path);
      parts.push(entry);
    }
  });
  return parts;
}

/** Entries to one side, notes to the other. A note is about an entry, or about a folder, the top among them. */
function split<S extends typeof LISTING_ENTRY>(
  lines: readonly Header[],
  shape: S,
  { sink, check }: { sink: ListSink<Fields<S>>; check(name: string): void },
): void {
  const entries: Fields<S>[] = [];
  const notes: ListNote[] = [];
  for (const line of lines) {
    if (Object.hasOwn(line, "code")) {
      const note = readFields(line, LIST_NOTE, "ignore");
      if (note.name !== "") check(note.name);
      notes.push(note);
    } else {
      const entry = readFields(line, shape, "ignore");
      check((entry as ListingEntry).name);
      entries.push(entry);
    }
  }
  sink.entries(entries);
  for (const note of notes) sink.note(note);
}

/** A note as the failure that it tells of. */
export function noteFailure({ code, message }: Pick<ListNote, "code" | "message">): StatusError {
  return new StatusError(isStatusCode(code) ? code : 500, message);
}

/** Reads data frames that hold one JSON object a line, up to the reply, whose header it returns. */
export async function readLines(exchange: Exchange, onLines: (lines: readonly Header[]) => void): Promise<Header> {
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
      if (whole.length > 0) onLines(linesOf(whole));
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

function linesOf(bytes: Uint8Array): Header[] {
  // One object to a line is a list once the line ends are commas: all of it is decoded at once.
  const text = decodeText(bytes.subarray(0, -1)).replaceAll("\n", ",");
  return decodeList(`[${text}]`);
}
