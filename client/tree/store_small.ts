/** Folders and small files of a tree to the server, many to a frame. */
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { COMMANDS, STORE_FAILURE } from "../../protocol/message/commands.ts";
import { readFields } from "../../protocol/message/fields.ts";
import type { Header } from "../../protocol/message/header.ts";
import { RecordPacker } from "../../protocol/message/record.ts";
import { StatusError } from "../../protocol/status.ts";
import type { VirtualPath } from "../../protocol/virtual_path.ts";
import type { TransferTools } from "../transfer/download.ts";
import type { Exchange } from "../connection/exchange.ts";
import { noteFailure, readLines } from "../connection/list_remote.ts";
import { SmallFileReader } from "../transfer/small_file_reader.ts";
import type { ConnectionPool, Task } from "./connection_pool.ts";
import type { TreeItem } from "./entry.ts";
import type { TreeJob } from "./job.ts";
import { bytesOf, isLarge, shareOut } from "./sharing.ts";

const NOTHING = new Uint8Array(0);

/** Where the files are, and where they go. */
export interface StorePlace {
  readonly source: string;
  readonly base: VirtualPath;
}

/** What has to be sent. */
export interface Work {
  readonly folders: readonly TreeItem[];
  readonly files: readonly TreeItem[];
  /** Bytes of them that are reserved already, by uploads that were interrupted. */
  readonly reused: number;
}

interface Share extends Omit<Work, "reused"> {
  /** Bytes that come in other ways: the first share asks for room for everything. */
  readonly more: number;
}

/**
 * What sends folders and small files.
 *
 * @param options `isAlone`: over one connection; where there are more, the folders are there when this resolves
 */
export async function storeTasks(
  { folders, files, reused }: Work,
  { place, job, pool, isAlone }: { place: StorePlace; job: TreeJob; pool: ConnectionPool; isAlone: boolean },
): Promise<Task[]> {
  const small = files.filter((item) => !isLarge(item, pool.first.limit));
  const taskOf = (share: Share): Task => (tools) => storeShare(share, { place, job, tools });
  const whole = bytesOf(files) - reused;
  if (isAlone) return [taskOf({ folders, files: small, more: whole - bytesOf(small) })];
  // Folders have to be there before another connection puts something into them.
  await taskOf({ folders, files: [], more: whole })(pool.first);
  return shareOut(small, pool.shares).map((files) => taskOf({ folders: [], files, more: 0 }));
}

async function storeShare(
  share: Share,
  { place, job, tools }: { place: StorePlace; job: TreeJob; tools: TransferTools },
): Promise<void> {
  const { files, more } = share;
  tools.stopping.throwIfAborted();
  const exchange = await tools.remote.open("store", { path: place.base, bytes: bytesOf(files), more });
  try {
    const answer = await exchange.accepted(COMMANDS.store.accept);
    if ("reply" in answer) throw new StatusError(401, "The server did not take the tree");
    const sizes = await sendRecords(exchange, share, { source: place.source, job, tools });
    const sent = new Set(share.folders.map(({ name }) => name));
    const reply = await readLines(exchange, (lines) => {
      for (const line of lines) {
        const { name, ...failure } = readFields(line, STORE_FAILURE, "ignore");
        const bytes = sizes.get(name);
        // A folder was not counted.
        if (bytes !== undefined) job.refused(name, bytes, noteFailure(failure));
        else if (sent.delete(name)) job.told(name, failure);
        else throw new StatusError(401, "The server could not store what was not sent");
        sizes.delete(name);
      }
    });
    const stored = readFields(reply, COMMANDS.store.reply, "ignore");
    const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    if (stored.files !== sizes.size || stored.bytes !== bytes) {
      throw new StatusError(409, `The server says that it stored ${stored.files} files, ${stored.bytes} bytes`);
    }
    job.answered(stored);
    job.arrived(sizes);
  } catch (error) {
    await exchange.cancel();
    throw error;
  }
}

/** Sends folders, then files; returns the size of each file that was sent. */
async function sendRecords(
  exchange: Exchange,
  { folders, files }: Share,
  { source, job, tools }: { source: string; job: TreeJob; tools: TransferTools },
): Promise<Map<string, number>> {
  const packer = new RecordPacker(tools.limit.frameBytes);
  const reader = new SmallFileReader();
  const digests = createHash("sha256");
  const sizes = new Map<string, number>();
  let size = 0;
  const send = async (isLast = false) => {
    await tools.limit.take(packer.length, tools.stopping);
    await exchange.sendData(packer.take(), { isLast });
  };
  const add = async (header: Header, content: Uint8Array) => {
    if (packer.add(header, content)) return;
    await send();
    packer.add(header, content);
  };
  for (const { name } of folders) await add({ name, entry: "folder" }, NOTHING);
  for (const item of files) {
    if (exchange.early) return sizes;
    const { name } = item;
    const file = readable(() => reader.read(join(source, name), item), (error) => job.fail(name, error));
    if (!file) continue;
    // All of one moment: what the walk saw may be older.
    const { content, sha256, mtime, exec } = file;
    await add({ name, entry: "file", mtime: mtime ?? undefined, exec, sha256 }, content);
    digests.update(sha256);
    size += content.length;
    sizes.set(name, content.length);
    job.moved(name, content.length);
  }
  // The end follows at once.
  if (packer.length > 0) await send(true);
  await exchange.sendEnd({ size, sha256: digests.digest("hex") });
  return sizes;
}

/** What can be read; none when it cannot, which `onFailure` hears. */
function readable<T>(read: () => T, onFailure: (error: unknown) => void): T | undefined {
  try {
    return read();
  } catch (error) {
    onFailure(error);
    return undefined;
  }
}
