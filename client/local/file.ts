/** Local files: read in chunks, hashed, and written so that a name never shows half a file. */
import { createHash } from "node:crypto";
import { dirname } from "@std/path";
import { DATA_FRAME_BYTES } from "../../protocol/limits.ts";
import type { FileEnd } from "../../protocol/messages.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";

/** What a local file looks like, `undefined` when nothing is there. Links are followed. */
export function localInfo(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw localFailure(error, path);
  }
}

/** A local failure as the user is told it. */
export function localFailure(error: unknown, path: string): StatusError {
  if (error instanceof StatusError) return error;
  const options = { cause: error };
  if (error instanceof Deno.errors.NotFound) {
    return new StatusError(402, `Local ${quote(path)} does not exist`, options);
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new StatusError(406, `Local ${quote(path)} is not permitted`, options);
  }
  const code = (error as { code?: string }).code;
  if (code === "ENOSPC") return new StatusError(404, `No space on the local disk for ${quote(path)}`, options);
  return new StatusError(500, `Local ${quote(path)}: ${error instanceof Error ? error.message : error}`, options);
}

/** Opens a regular file; @throws {StatusError} 402, 406, 407 */
export function openLocal(path: string): { file: Deno.FsFile; info: Deno.FileInfo } {
  const info = localInfo(path);
  if (!info) throw new StatusError(402, `Local ${quote(path)} does not exist`);
  if (info.isDirectory) throw new StatusError(407, `Local ${quote(path)} is a folder`);
  if (!info.isFile) throw new StatusError(407, `Local ${quote(path)} is not a regular file`);
  try {
    const file = Deno.openSync(path, { read: true });
    return { file, info: file.statSync() };
  } catch (error) {
    throw localFailure(error, path);
  }
}

/** The content of an open file in chunks; each has a buffer of its own. */
export function chunksOf(file: Deno.FsFile, size: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const buffer = new Uint8Array(Math.min(DATA_FRAME_BYTES, size + 1));
      const count = await file.read(buffer);
      if (count === null) controller.close();
      else controller.enqueue(buffer.subarray(0, count));
    },
  }, { highWaterMark: 1 });
}

/** Length and digest of a local file. */
export async function hashLocal(path: string, onBytes: (bytes: number) => void): Promise<FileEnd> {
  const { file, info } = openLocal(path);
  using _file = file;
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of chunksOf(file, info.size)) {
    hash.update(chunk);
    size += chunk.length;
    onBytes(chunk.length);
  }
  return { size, sha256: hash.digest("hex") };
}

/** A download on its way: `NAME.part` until it is known to be right. */
export class PartFile implements Disposable {
  readonly #target: string;
  readonly #part: string;
  readonly #file: Deno.FsFile;
  readonly #hash = createHash("sha256");
  #size = 0;
  #isDone = false;

  /** Starts anew; whatever part is there goes. */
  constructor(target: string) {
    this.#target = target;
    this.#part = `${target}.part`;
    try {
      if (localInfo(this.#part)) Deno.removeSync(this.#part);
      this.#file = Deno.openSync(this.#part, { write: true, createNew: true, mode: 0o600 });
    } catch (error) {
      throw localFailure(error, this.#part);
    }
  }

  /** Takes the next bytes. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    this.#size += chunk.length;
    try {
      for (let at = 0; at < chunk.length;) at += await this.#file.write(chunk.subarray(at));
    } catch (error) {
      throw localFailure(error, this.#part);
    }
  }

  /** Length and digest of what has arrived. */
  digest(): FileEnd {
    return { size: this.#size, sha256: this.#hash.copy().digest("hex") };
  }

  /** Gives it its name, durably. @param mtime in ms */
  async install(mtime: number): Promise<void> {
    try {
      await this.#file.sync();
      Deno.utimeSync(this.#part, mtime / 1000, mtime / 1000);
      Deno.renameSync(this.#part, this.#target);
      this.#isDone = true;
      if (Deno.build.os === "windows") return;
      // The name is durable once its folder is; Windows cannot open folders, and its journal has to do.
      using folder = Deno.openSync(dirname(this.#target), { read: true });
      await folder.sync();
    } catch (error) {
      throw localFailure(error, this.#target);
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
    if (!this.#isDone) Deno.removeSync(this.#part);
  }
}
