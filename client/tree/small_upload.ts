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
import type { TreeItem } from "./entry.ts";
import type { TreeJob } from "./job.ts";
import { bytesOf } from "./sharing.ts";

const NOTHING = new Uint8Array(0);

/** The tree that they belong to: where it is, where it goes, and where failures are noted. */
interface SourceTree {
  readonly source: string;
  readonly base: VirtualPath;
  readonly job: TreeJob;
}

/** What travels together. */
export interface Share {
  readonly folders: readonly TreeItem[];
  readonly files: readonly TreeItem[];
  /** Bytes that come in other ways: the first share asks for room for everything. */
  readonly more: number;
}

/** One share on its way over one connection. */
export class SmallUpload {
  readonly #tree: SourceTree;
  readonly #tools: TransferTools;
  readonly #share: Share;
  /** Of each file that was sent and not refused. */
  readonly #sizes = new Map<string, number>();
  readonly #packer: RecordPacker;

  constructor(tree: SourceTree, tools: TransferTools, share: Share) {
    this.#tree = tree;
    this.#tools = tools;
    this.#share = share;
    this.#packer = new RecordPacker(tools.limit.frameBytes);
  }

  async run(): Promise<void> {
    const { base, job } = this.#tree;
    const { files, more } = this.#share;
    this.#tools.stopping.throwIfAborted();
    const exchange = await this.#tools.remote.open("store", { path: base, bytes: bytesOf(files), more });
    try {
      const answer = await exchange.accepted(COMMANDS.store.accept);
      if ("reply" in answer) throw new StatusError(401, "The server did not take the tree");
      await this.#sendAll(exchange);
      const folders = new Set(this.#share.folders.map(({ name }) => name));
      const reply = await readLines(exchange, (lines) => {
        for (const line of lines) this.#takeFailure(line, folders);
      });
      const stored = readFields(reply, COMMANDS.store.reply, "ignore");
      const bytes = [...this.#sizes.values()].reduce((sum, size) => sum + size, 0);
      if (stored.files !== this.#sizes.size || stored.bytes !== bytes) {
        throw new StatusError(409, `The server says that it stored ${stored.files} files, ${stored.bytes} bytes`);
      }
      job.answered(stored);
      job.arrived(this.#sizes);
    } catch (error) {
      await exchange.cancel();
      throw error;
    }
  }

  /** @param folders those that were sent and not refused */
  #takeFailure(line: Header, folders: Set<string>): void {
    const { job } = this.#tree;
    const { name, ...failure } = readFields(line, STORE_FAILURE, "ignore");
    const bytes = this.#sizes.get(name);
    // A folder was not counted.
    if (bytes !== undefined) job.refused(name, bytes, noteFailure(failure));
    else if (folders.delete(name)) job.reported(name, failure);
    else throw new StatusError(401, "The server could not store what was not sent");
    this.#sizes.delete(name);
  }

  /** Sends folders, then files, until the server has replied, which it does early only to refuse. */
  async #sendAll(exchange: Exchange): Promise<void> {
    const { source, job } = this.#tree;
    const reader = new SmallFileReader();
    const digests = createHash("sha256");
    let size = 0;
    for (const { name } of this.#share.folders) await this.#add(exchange, { name, entry: "folder" }, NOTHING);
    for (const item of this.#share.files) {
      if (exchange.early) return;
      const { name } = item;
      const file = job.attempt(name, () => reader.read(join(source, name), item));
      if (!file) continue;
      // All of one moment: what the walk saw may be older.
      const { content, sha256, mtime, exec } = file;
      await this.#add(exchange, { name, entry: "file", mtime: mtime ?? undefined, exec, sha256 }, content);
      digests.update(sha256);
      size += content.length;
      this.#sizes.set(name, content.length);
      job.moved(name, content.length);
    }
    // The end follows at once.
    if (this.#packer.length > 0) await this.#sendFrame(exchange, { isLast: true });
    await exchange.sendEnd({ size, sha256: digests.digest("hex") });
  }

  async #add(exchange: Exchange, header: Header, content: Uint8Array): Promise<void> {
    if (this.#packer.add(header, content)) return;
    await this.#sendFrame(exchange, { isLast: false });
    this.#packer.add(header, content);
  }

  async #sendFrame(exchange: Exchange, options: { isLast: boolean }): Promise<void> {
    await this.#tools.limit.take(this.#packer.length, this.#tools.stopping);
    await exchange.sendData(this.#packer.take(), options);
  }
}
