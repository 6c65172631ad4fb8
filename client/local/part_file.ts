/** A download on its way: `NAME.part`, and beside it what is needed to go on safely after any interruption. */
import { createHash, type Hash } from "node:crypto";
import { basename, dirname, join } from "@std/path";
import { setMtime } from "../../files/file_time.ts";
import { count, type Fields, readFields, text, time } from "../../protocol/fields.ts";
import { DATA_FRAME_BYTES, NAME_LIMIT_BYTES } from "../../protocol/limits.ts";
import type { FileEnd } from "../../protocol/messages.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { WriteBehind } from "../../protocol/write_behind.ts";
import { byteLength } from "../../protocol/virtual_path.ts";
import { localFailure, localInfo } from "./file.ts";

const ORIGIN = { server: text, path: text, size: count, mtime: time } as const;

/** What a part is a part of. Bytes, ms since 1970. */
export type Origin = Fields<typeof ORIGIN>;

/** One download's part. Dispose of it in any case; it stays for the next time unless it was installed or removed. */
export class PartFile implements AsyncDisposable {
  readonly #target: string;
  readonly #file: Deno.FsFile;
  #hash: Hash = createHash("sha256");
  #size = 0;
  readonly #writes = new WriteBehind();
  #isGone = false;

  private constructor(target: string, file: Deno.FsFile) {
    this.#target = target;
    this.#file = file;
  }

  /**
   * Opens the part for a local name, with what is there from an earlier time.
   *
   * @throws {StatusError} 403 when a file of that name is not ours, or another download writes it now
   */
  static open(target: string): PartFile {
    const part = partOf(target);
    try {
      // A part without a sidecar is somebody else's, unless it is empty: then we were killed before we wrote the sidecar.
      if ((localInfo(part)?.size ?? 0) > 0 && !localInfo(sidecarOf(target))) {
        throw new StatusError(403, `Local ${quote(part)} is in the way: it is no part of a download`);
      }
      const file = Deno.openSync(part, { read: true, write: true, create: true, mode: 0o600 });
      // Whoever had the lock before may have given the part its name: then this is the finished file.
      if (file.tryLockSync(true) && isAt(part, file.statSync())) return new PartFile(target, file);
      file.close();
      throw new StatusError(403, `Local ${quote(target)} is being downloaded by another program`);
    } catch (error) {
      // Nobody has asked for a part: what is said is about the name that was.
      if (!(error instanceof Deno.errors.NotFound)) throw localFailure(error, target);
      const why = `${quote(dirname(target))} does not exist`;
      throw new StatusError(402, `Local ${quote(target)} cannot be written: ${why}`, { cause: error });
    }
  }

  /** Removes a sidecar whose part has got its name already: what is left when we are killed right then. */
  static tidy(target: string): void {
    try {
      if (localInfo(sidecarOf(target)) && !localInfo(partOf(target))) Deno.removeSync(sidecarOf(target));
    } catch (error) {
      throw localFailure(error, sidecarOf(target));
    }
  }

  /** What the part is of, as far as it is known. */
  get origin(): Origin | undefined {
    try {
      return readFields(JSON.parse(Deno.readTextFileSync(sidecarOf(this.#target))), ORIGIN, "ignore");
    } catch {
      // Missing or damaged: then nothing is known, and the download starts over.
      return undefined;
    }
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
    // The sidecar comes first: a part without one is somebody else's file.
    Deno.writeTextFileSync(sidecarOf(this.#target), `${JSON.stringify(origin)}\n`, { mode: 0o600 });
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
   * @throws {StatusError} 403 when there is one that must not be replaced; the part stays
   */
  async install({ mtime, exec, replace }: { mtime: number | null; exec: boolean; replace: boolean }): Promise<void> {
    try {
      await this.#writes.settled();
      await this.#file.sync();
      setMtime(partOf(this.#target), mtime);
      // Windows has no such bit.
      if (exec && Deno.build.os !== "windows") Deno.chmodSync(partOf(this.#target), 0o700);
      if (!replace && localInfo(this.#target)) {
        throw new StatusError(403, `A local ${quote(this.#target)} has appeared meanwhile; --force replaces it`);
      }
      // Windows renames no file that is open.
      if (Deno.build.os === "windows") this.#file.close();
      Deno.renameSync(partOf(this.#target), this.#target);
      this.#isGone = true;
      Deno.removeSync(sidecarOf(this.#target));
      if (Deno.build.os === "windows") return;
      // The name is durable once its folder is; Windows cannot open folders, and its journal has to do.
      using folder = Deno.openSync(dirname(this.#target), { read: true });
      await folder.sync();
    } catch (error) {
      throw localFailure(error, this.#target);
    }
  }

  /** Removes it: what arrived is wrong. */
  remove(): void {
    Deno.removeSync(partOf(this.#target));
    if (localInfo(sidecarOf(this.#target))) Deno.removeSync(sidecarOf(this.#target));
    this.#isGone = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Whoever needed these bytes has been told by then.
    await this.#writes.settled().catch(() => {});
    // An empty part is of no use to anybody.
    if (!this.#isGone && this.length === 0) this.remove();
    if (!(this.#isGone && Deno.build.os === "windows")) this.#file.close();
  }
}

/** Whether a path leads to an open file. */
function isAt(path: string, open: Deno.FileInfo): boolean {
  const there = localInfo(path);
  return there !== undefined && there.dev === open.dev && there.ino === open.ino;
}

function partOf(target: string): string {
  return `${stemOf(target)}.part`;
}

function sidecarOf(target: string): string {
  return `${stemOf(target)}.part.json`;
}

/** What the names of a part begin with: the file's own name, or its digest where that would be too long a name. */
function stemOf(target: string): string {
  const name = basename(target);
  if (byteLength(`${name}.part.json`) <= NAME_LIMIT_BYTES) return target;
  return join(dirname(target), `.ftp-${createHash("sha256").update(name).digest("hex").slice(0, 32)}`);
}
