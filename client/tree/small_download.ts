/** Small files of a tree from the server, many to a request. */
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { COMMANDS, FETCH_RECORD } from "../../protocol/message/commands.ts";
import { readFields } from "../../protocol/message/fields.ts";
import { failureOf, type FileEnd } from "../../protocol/message/messages.ts";
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

/** The tree that they belong to: where it is, where it goes, and where failures are noted. */
interface TargetTree {
  readonly base: VirtualPath;
  readonly target: string;
  readonly job: TreeJob;
}

/** Fetches small files over one connection. The next request is on its way while one is answered. */
export class SmallDownload {
  readonly #tree: TargetTree;
  readonly #tools: TransferTools;
  readonly #temps: TempRun;

  /** @param temps where the files are until they have their names */
  constructor(tree: TargetTree, tools: TransferTools, temps: TempRun) {
    this.#tree = tree;
    this.#tools = tools;
    this.#temps = temps;
  }

  async run(items: readonly TreeItem[]): Promise<void> {
    const batches = batchesOf(items);
    // Later batches are on their way when it is stopped, and end with that.
    this.#tools.stopping.throwIfAborted();
    let next = this.#open(batches[0]);
    for (const [index, items] of batches.entries()) {
      const exchange = await next!;
      next = this.#open(batches[index + 1]);
      // If this one fails, the other is cancelled with the connection or answered in vain.
      next?.catch(() => {});
      try {
        await using batch = new Batch(items, this.#tree, this.#temps);
        await batch.receive(exchange, this.#tools);
      } catch (error) {
        await exchange.cancel();
        await (await next)?.cancel();
        throw error;
      }
    }
  }

  #open(items: readonly TreeItem[] | undefined): Promise<Exchange> | undefined {
    if (!items) return undefined;
    const names = encoder.encode(items.map(({ name }) => `${name}\n`).join(""));
    return this.#tools.remote.open("fetch", { path: this.#tree.base }, names);
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

/** The files of one request, as they come. */
class Batch implements AsyncDisposable {
  readonly #items: readonly TreeItem[];
  readonly #tree: TargetTree;
  readonly #writer: SmallFileWriter;
  /** Bytes by name of what is written and has not its name yet. */
  readonly #written = new Map<string, number>();
  readonly #digests = createHash("sha256");
  #size = 0;
  #count = 0;
  #next = 0;

  constructor(items: readonly TreeItem[], tree: TargetTree, temps: TempRun) {
    this.#items = items;
    this.#tree = tree;
    this.#writer = new SmallFileWriter(temps);
  }

  async receive(exchange: Exchange, { limit, stopping }: TransferTools): Promise<void> {
    for (;;) {
      const next = await exchange.receive();
      if (next.kind === "reply") throw failureOf(next.reply);
      if (next.kind === "end") {
        await this.#end(exchange, next.end);
        return await this.#flush();
      }
      for (const record of unpackRecords(next.chunk)) this.#take(record);
      exchange.release(next.chunk);
      if (this.#writer.isDue) await this.#flush();
      await limit.take(next.chunk.length, stopping);
    }
  }

  /** Makes sure that both sides say the same of what was sent. */
  async #end(exchange: Exchange, end: FileEnd): Promise<void> {
    const ours = { size: this.#size, sha256: this.#digests.digest("hex") };
    await exchange.sendEnd(ours);
    if (this.#next !== this.#items.length || ours.size !== end.size || ours.sha256 !== end.sha256) {
      throw new StatusError(409, "Other files arrived than the server sent");
    }
    const { files, bytes } = readFields((await exchange.reply()).header, COMMANDS.fetch.reply, "ignore");
    if (files === this.#count && bytes === this.#size) return;
    throw new StatusError(409, `The server says that it sent ${files} files, ${bytes} bytes`);
  }

  /** Writes the next file that was asked for, under the name it was asked by. */
  #take({ header, content }: FileRecord): void {
    const { job, target } = this.#tree;
    const { name, mtime, exec = false, sha256, code, message = "" } = readFields(header, FETCH_RECORD, "ignore");
    if (name !== this.#items[this.#next++]?.name) {
      throw new StatusError(401, "The server sent a file that was not asked for");
    }
    if (code !== undefined) return job.reported(name, { code, message });
    if (sha256 === undefined) throw new StatusError(401, "The server sent a file without its digest");
    job.attempt(name, () => {
      this.#writer.add({ name, target: join(target, name), content, sha256, mtime, exec });
      job.moved(name, content.length);
      this.#written.set(name, content.length);
    });
    this.#digests.update(sha256);
    this.#size += content.length;
    this.#count++;
  }

  /** Gives the files their names. */
  async #flush(): Promise<void> {
    const { job } = this.#tree;
    for (const { name, error } of await this.#writer.flush()) {
      job.refused(name, this.#written.get(name) ?? 0, error);
      this.#written.delete(name);
    }
    job.arrived(this.#written);
    this.#written.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#writer[Symbol.asyncDispose]();
  }
}
