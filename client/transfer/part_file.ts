/** A download on its way: a temporary file next to its target, with a record from which it goes on after any interruption. */
import { createHash, type Hash } from "node:crypto";
import { dirname } from "@std/path";
import { setMtime } from "../../files/file_time.ts";
import { DATA_FRAME_BYTES } from "../../protocol/limits.ts";
import type { FileEnd } from "../../protocol/message/messages.ts";
import { reasonOf } from "../../console/reason.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { WriteBehind } from "../../files/write_behind.ts";
import { type DownloadRecord, type DownloadRecords, inoOf, type Origin } from "./download_records.ts";
import { localFailure, lookAt, occupantOf, removeIfThere } from "./file.ts";
import { openFolder, syncFolder } from "./folder_sync.ts";

/** What a part is made of. `target`: as the user has said it; `isLasting`: whether its record outlasts this program. */
export interface PartFileParts {
  readonly target: string;
  readonly records: DownloadRecords | undefined;
  readonly record: DownloadRecord;
  readonly file: Deno.FsFile;
  readonly isLasting: boolean;
}

/** One download's part. Dispose of it in any case; it stays for the next time unless it was installed or removed. */
export class PartFile implements AsyncDisposable {
  readonly #target: string;
  /** None where its file cannot be locked: such a part goes with its download. */
  readonly #records: DownloadRecords | undefined;
  readonly #file: Deno.FsFile;
  #record: DownloadRecord;
  #isLasting: boolean;
  #hash: Hash = createHash("sha256");
  #size = 0;
  readonly #writes = new WriteBehind();
  #isGone = false;

  /** @param parts from `openPart` */
  constructor({ target, records, record, file, isLasting }: PartFileParts) {
    this.#target = target;
    this.#records = records;
    this.#record = record;
    this.#file = file;
    this.#isLasting = isLasting;
  }

  /** What the part is of, as far as it is known. */
  get origin(): Origin | undefined {
    return this.#record.origin;
  }

  /** Whether the next program can go on with it. */
  get isLasting(): boolean {
    return this.#isLasting;
  }

  /** Reads what is there, so that the digest covers it. @returns its length and digest */
  async readBack(onBytes: (bytes: number) => void): Promise<FileEnd> {
    const buffer = new Uint8Array(DATA_FRAME_BYTES);
    for (let count = await this.#file.read(buffer); count !== null; count = await this.#file.read(buffer)) {
      this.#hash.update(buffer.subarray(0, count));
      this.#size += count;
      onBytes(count);
    }
    return this.digest();
  }

  /** Bytes that were there when it was opened. */
  get length(): number {
    return this.#file.statSync().size;
  }

  /** Starts over, as a part of something. */
  restart(origin: Origin): void {
    // The record comes first: bytes that are of nothing known are of no use.
    this.#record = { ...this.#record, ino: inoOf(this.#file.statSync()), origin };
    if (this.#records) this.#isLasting = this.#records.save(this.#record);
    this.#file.truncateSync(0);
    this.#file.seekSync(0, Deno.SeekMode.Start);
    this.#hash = createHash("sha256");
    this.#size = 0;
  }

  /**
   * Takes the next bytes, and resolves when those before them are written: one piece arrives while another is written.
   *
   * @param onWritten called when the chunk may be changed
   */
  async write(chunk: Uint8Array, onWritten?: () => void): Promise<void> {
    this.#size += chunk.length;
    const before = this.#writes.start(() => this.#append(chunk), onWritten);
    // Beside the writing, not after it.
    this.#hash.update(chunk);
    try {
      await before;
    } catch (error) {
      throw localFailure(error, this.#target);
    }
  }

  async #append(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) at += await this.#file.write(chunk.subarray(at));
  }

  /** Length and digest of what was taken. */
  digest(): FileEnd {
    return { size: this.#size, sha256: this.#hash.copy().digest("hex") };
  }

  /**
   * Gives it its name, durably.
   *
   * @param options `mtime` in ms if it is known; `exec`: its owner may execute it; `replace`: over a file that has the name
   * @returns what went wrong when the file was in place already, one sentence each
   * @throws {StatusError} 403 when there is a file that must not be replaced, 407 when it is no regular file; the part
   *   stays
   */
  async install(
    { mtime, exec, replace }: { mtime: number | null; exec: boolean; replace: boolean },
  ): Promise<string[]> {
    // What can fail comes before the rename.
    const folder = openFolder(dirname(this.#record.target));
    using _folder = folder.handle;
    try {
      await this.#writes.settled();
      await this.#file.sync();
      setMtime(this.#file, mtime);
      this.#giveName({ exec, replace });
    } catch (error) {
      throw localFailure(error, this.#target);
    }
    const warnings: string[] = [];
    const failed = folder.trouble ?? await syncFolder(folder.handle);
    if (failed) warnings.push(`it may be lost if the power fails now: its folder cannot be synced: ${failed}`);
    try {
      this.#records?.remove(this.#record);
    } catch (error) {
      warnings.push(`the record of its download cannot be removed: ${reasonOf(error)}`);
    }
    return warnings.map((why) => `warning: ${quote(this.#target)} is in place, but ${why}`);
  }

  /** Without an `await`: nothing of this program comes between the checks and the rename. */
  #giveName({ exec, replace }: { exec: boolean; replace: boolean }): void {
    const { temp, target } = this.#record;
    if (!isAt(temp, this.#file.statSync())) {
      throw new StatusError(500, `The temporary file of ${quote(this.#target)} was removed or replaced meanwhile`);
    }
    // Windows has no such bit.
    if (exec && Deno.build.os !== "windows") Deno.chmodSync(temp, 0o700);
    if (occupantOf(target) && !replace) {
      throw new StatusError(403, `A local ${quote(this.#target)} has appeared meanwhile; --force replaces it`);
    }
    // Windows renames no file that is open.
    if (Deno.build.os === "windows") this.#file.close();
    Deno.renameSync(temp, target);
    this.#isGone = true;
  }

  /** Removes it: what arrived is wrong. */
  remove(): void {
    if (isAt(this.#record.temp, this.#file.statSync())) removeIfThere(this.#record.temp);
    this.#records?.remove(this.#record);
    this.#isGone = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Whoever needed these bytes has been told by then.
    await this.#writes.settled().catch(() => {});
    // An empty part is of no use to anybody, and one that nobody would know again is litter.
    if (!this.#isGone && (!this.#records || this.length === 0)) this.remove();
    if (!(this.#isGone && Deno.build.os === "windows")) this.#file.close();
  }
}

/** Whether a path leads to an open file. */
export function isAt(path: string, open: Deno.FileInfo): boolean {
  const there = lookAt(path);
  return there !== undefined && there.dev === open.dev && there.ino === open.ino;
}
