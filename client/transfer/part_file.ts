/** A download on its way: a temporary file next to its target, with a record from which it is resumed after any interruption. */
import { dirname } from "@std/path";
import { ChangingFolder } from "../../files/durable.ts";
import { makeExecutable } from "../../files/file_mode.ts";
import { setMtime } from "../../files/file_time.ts";
import { type FileDigest, HashedWriter } from "../../files/hashed_writer.ts";
import { removeIfThere } from "../../files/remove.ts";
import { rename } from "../../files/rename.ts";
import type { Chunk } from "../../protocol/frame/chunk.ts";
import { reasonOf } from "../../console/reason.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { type DownloadRecord, type DownloadRecords, inoOf, type Origin } from "./download_records.ts";
import { localEntry, localFailure, occupantOf } from "./file.ts";

/** What a part is made of. `target`: as the user wrote it; `isLasting`: whether its record outlasts this program. */
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
  readonly #writer: HashedWriter;
  #isGone = false;

  /** @param parts from `openPart` */
  constructor({ target, records, record, file, isLasting }: PartFileParts) {
    this.#target = target;
    this.#records = records;
    this.#record = record;
    this.#file = file;
    this.#writer = new HashedWriter(file);
    this.#isLasting = isLasting;
  }

  /** What the part is of, as far as it is known. */
  get origin(): Origin | undefined {
    return this.#record.origin;
  }

  /** Whether the next program can resume it. */
  get isLasting(): boolean {
    return this.#isLasting;
  }

  /** Reads what is there, so that the digest covers it. @returns its length and digest */
  readBack(onBytes: (bytes: number) => void): Promise<FileDigest> {
    return this.#writer.readBack(onBytes);
  }

  /** Bytes that were there when it was opened. */
  get length(): number {
    return this.#file.statSync().size;
  }

  /** Starts over, as a part of something. */
  async restart(origin: Origin): Promise<void> {
    // The record comes first: bytes that are of nothing known are of no use.
    this.#record = { ...this.#record, ino: inoOf(this.#file.statSync()), origin };
    if (this.#records) this.#isLasting = this.#records.save(this.#record);
    await this.#writer.restart();
  }

  /** Takes the next bytes, which it owns from now on, and resolves when those before them are written. */
  async write(chunk: Chunk): Promise<void> {
    try {
      await this.#writer.write(chunk);
    } catch (error) {
      throw localFailure(error, this.#target);
    }
  }

  /** Length and digest of what was taken. */
  digest(): FileDigest {
    return this.#writer.digest();
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
    using folder = ChangingFolder.openOrNote(dirname(this.#record.target));
    try {
      await this.#writer.sync();
      setMtime(this.#file, mtime);
      this.#giveName({ exec, replace });
    } catch (error) {
      throw localFailure(error, this.#target);
    }
    const warnings: string[] = [];
    await folder.sync();
    const { failure } = folder;
    if (failure !== undefined) {
      warnings.push(`it may be lost if the power fails now: its folder cannot be synced: ${reasonOf(failure)}`);
    }
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
    if (exec) makeExecutable(temp);
    if (occupantOf(target) && !replace) {
      throw new StatusError(403, `A local ${quote(this.#target)} has appeared meanwhile; --force replaces it`);
    }
    // Windows renames no file that is open.
    if (Deno.build.os === "windows") this.#file.close();
    rename(temp, target);
    this.#isGone = true;
  }

  /** Removes it: what arrived is wrong. */
  remove(): void {
    if (isAt(this.#record.temp, this.#file.statSync())) removeIfThere(this.#record.temp);
    this.#records?.remove(this.#record);
    this.#isGone = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A caller that needed these bytes knows of a failure by then.
    await this.#writer.settled().catch(() => {});
    // An empty part is of no use to anybody, and one that nobody would know again is litter.
    if (!this.#isGone && (!this.#records || this.length === 0)) this.remove();
    if (!(this.#isGone && Deno.build.os === "windows")) this.#file.close();
  }
}

/** Whether a path leads to an open file. */
export function isAt(path: string, open: Deno.FileInfo): boolean {
  const there = localEntry(path);
  return there !== undefined && there.dev === open.dev && there.ino === open.ino;
}
