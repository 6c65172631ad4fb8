/** A remote listing, page by page, every name checked before anybody sees it. */
import { LISTING_ENTRY, type ListingEntry } from "../../protocol/commands.ts";
import { readFields } from "../../protocol/fields.ts";
import { decodeHeader } from "../../protocol/header.ts";
import { failureOf } from "../../protocol/messages.ts";
import { StatusError } from "../../protocol/status.ts";
import { checkName, type VirtualPath } from "../../protocol/virtual_path.ts";
import { COMMANDS } from "../../protocol/commands.ts";
import type { Remote } from "../remote.ts";

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
  try {
    let rest = new Uint8Array(0);
    for (;;) {
      const next = await exchange.receive();
      if (next.kind === "end") throw new StatusError(401, "The server's listing is malformed");
      if (next.kind === "reply") {
        if (next.reply.code !== 201) throw failureOf(next.reply);
        if (rest.length > 0) throw new StatusError(401, "The server's listing ends inside an entry");
        const { skipped } = readFields(next.reply.header, COMMANDS.ls.reply, "ignore");
        return { skipped };
      }
      const cut = next.chunk.lastIndexOf(LF) + 1;
      const whole = concat(rest, next.chunk.subarray(0, cut));
      rest = cut === 0 ? concat(rest, next.chunk) : next.chunk.slice(cut);
      if (rest.length > LINE_LIMIT_BYTES) throw new StatusError(413, "An entry of the server's listing is too large");
      if (cut > 0) onPage(entriesOf(whole));
    }
  } catch (error) {
    await exchange.cancel();
    throw error;
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

function entriesOf(lines: Uint8Array): ListingEntry[] {
  const entries: ListingEntry[] = [];
  for (let at = 0; at < lines.length;) {
    const end = lines.indexOf(LF, at);
    const entry = readFields(decodeHeader(lines.subarray(at, end)), LISTING_ENTRY, "ignore");
    checkName(entry.name);
    entries.push(entry);
    at = end + 1;
  }
  return entries;
}
