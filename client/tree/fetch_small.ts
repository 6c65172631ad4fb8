/** Small files of a tree from the server, many to a request. */
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { COMMANDS, FETCH_RECORD } from "../../protocol/message/commands.ts";
import { readFields } from "../../protocol/message/fields.ts";
import { failureOf } from "../../protocol/message/messages.ts";
import { type FileRecord, unpackRecords } from "../../protocol/message/record.ts";
import { StatusError } from "../../protocol/status.ts";
import type { VirtualPath } from "../../protocol/virtual_path.ts";
import type { TransferTools } from "../transfer/download.ts";
import type { Exchange } from "../connection/exchange.ts";
import { SmallFileWriter } from "../transfer/small_file_writer.ts";
import type { TempRun } from "../transfer/temp_run.ts";
import type { TreeItem } from "./entry.ts";
import type { TreeJob } from "./job.ts";

/** Names in one request: about half a frame of them. */
const NAMES_BYTES = 524_288;

const encoder = new TextEncoder();

/** One connection at work on a tree. */
export interface Lane {
  readonly place: { readonly base: VirtualPath; readonly target: string };
  readonly job: TreeJob;
  readonly tools: TransferTools;
  /** Where small files are until they have their names. */
  readonly temps: TempRun;
}

/** Fetches small files. The next request is on its way while one is answered. */
export async function fetchShare(items: readonly TreeItem[], lane: Lane): Promise<void> {
  const { place, tools } = lane;
  const open = (batch: readonly TreeItem[] | undefined) => {
    if (!batch) return undefined;
    const names = encoder.encode(batch.map(({ name }) => `${name}\n`).join(""));
    return tools.remote.open("fetch", { path: place.base }, names);
  };
  const batches = batchesOf(items);
  // Later batches are on their way when it is stopped, and end with that.
  tools.stopping.throwIfAborted();
  let next = open(batches[0]);
  for (const [index, batch] of batches.entries()) {
    const exchange = await next!;
    next = open(batches[index + 1]);
    // If this one fails, the other is cancelled with the connection or answered in vain.
    next?.catch(() => {});
    try {
      await receiveBatch(exchange, batch, lane);
    } catch (error) {
      await exchange.cancel();
      await (await next)?.cancel();
      throw error;
    }
  }
}

function batchesOf(items: readonly TreeItem[]): TreeItem[][] {
  const batches: TreeItem[][] = [];
  let bytes = NAMES_BYTES;
  for (const item of items) {
    if (bytes + item.name.length * 3 + 1 > NAMES_BYTES) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)!.push(item);
    bytes += item.name.length * 3 + 1;
  }
  return batches;
}

async function receiveBatch(
  exchange: Exchange,
  batch: readonly TreeItem[],
  { place, job, tools, temps }: Lane,
): Promise<void> {
  await using writer = new SmallFileWriter(temps);
  const written = new Map<string, number>();
  const flush = async () => {
    for (const { name, error } of await writer.flush()) {
      job.refused(name, written.get(name) ?? 0, error);
      written.delete(name);
    }
    job.arrived(written);
    written.clear();
  };
  const digests = createHash("sha256");
  let size = 0;
  let count = 0;
  let at = 0;
  for (;;) {
    const next = await exchange.receive();
    if (next.kind === "reply") throw failureOf(next.reply);
    if (next.kind === "end") {
      const ours = { size, sha256: digests.digest("hex") };
      await exchange.sendEnd(ours);
      if (at !== batch.length || ours.size !== next.end.size || ours.sha256 !== next.end.sha256) {
        throw new StatusError(409, "Other files arrived than the server sent");
      }
      const said = readFields((await exchange.reply()).header, COMMANDS.fetch.reply, "ignore");
      if (said.files !== count || said.bytes !== size) {
        throw new StatusError(409, `The server says that it sent ${said.files} files, ${said.bytes} bytes`);
      }
      return await flush();
    }
    for (const record of unpackRecords(next.chunk)) {
      const item = batch[at++];
      const sha256 = takeRecord(record, item, { place, job, writer, written });
      if (sha256 === undefined) continue;
      digests.update(sha256);
      size += record.content.length;
      count++;
    }
    exchange.release(next.chunk);
    if (writer.isDue) await flush();
    await tools.limit.take(next.chunk.length, tools.stopping);
  }
}

/** Writes one file that was asked for, under the name it was asked by. */
function takeRecord(
  { header, content }: FileRecord,
  item: TreeItem | undefined,
  { place, job, writer, written }: Pick<Lane, "place" | "job"> & {
    writer: SmallFileWriter;
    written: Map<string, number>;
  },
): string | undefined {
  const { name, mtime, exec = false, sha256, code, message = "" } = readFields(header, FETCH_RECORD, "ignore");
  if (!item || name !== item.name) throw new StatusError(401, "The server sent a file that was not asked for");
  if (code !== undefined) {
    job.told(name, { code, message });
    return undefined;
  }
  if (sha256 === undefined) throw new StatusError(401, "The server sent a file without its digest");
  try {
    writer.add({ name, target: join(place.target, name), content, sha256, mtime, exec });
    job.moved(name, content.length);
    written.set(name, content.length);
  } catch (error) {
    job.fail(name, error);
  }
  return sha256;
}
