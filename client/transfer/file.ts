/** Local files: read in chunks, hashed, and written so that a name never shows half a file. */
import { lookAt, lookThrough } from "../../files/lookup.ts";
import { BufferPool } from "../../protocol/frame/buffer_pool.ts";
import { DATA_FRAME_BYTES } from "../../protocol/limits.ts";
import { reasonOf } from "../../console/reason.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";

/** What a local file looks like, `undefined` when nothing is there. Links are followed. */
export function localInfo(path: string): Deno.FileInfo | undefined {
  try {
    return lookThrough(path);
  } catch (error) {
    throw localFailure(error, path);
  }
}

/**
 * What is at a place that a file is to go to, `undefined` when nothing is. Links are not followed: what is written goes
 * to the name itself.
 *
 * @throws {StatusError} 407 when it is anything but a regular file, which nothing replaces
 */
export function occupantOf(path: string): Deno.FileInfo | undefined {
  const info = localEntry(path);
  if (info?.isDirectory) throw new StatusError(407, `Local ${quote(path)} is a folder`);
  if (info && !info.isFile) throw new StatusError(407, `Local ${quote(path)} is not a regular file`);
  return info;
}

/** What is at a local name, its link not followed; `undefined` when nothing is. */
export function localEntry(path: string): Deno.FileInfo | undefined {
  try {
    return lookAt(path);
  } catch (error) {
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
  // Deno itself permits nothing below /dev, /proc and /sys.
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return new StatusError(406, `Local ${quote(path)} is not permitted`, options);
  }
  const code = (error as { code?: string }).code;
  if (code === "ENOSPC") return new StatusError(404, `No space on the local disk for ${quote(path)}`, options);
  return new StatusError(500, `Local ${quote(path)}: ${reasonOf(error)}`, options);
}

/** For `chunksOf`: one is read into, one waits, one is used, one is on its way. */
export function chunkBuffers(): BufferPool {
  return new BufferPool(DATA_FRAME_BYTES, 4);
}

/** The content of an open file from where it stands, in chunks, at most `most` bytes; give them back to the buffers. */
export function chunksOf(file: Deno.FsFile, most: number, buffers: BufferPool): ReadableStream<Uint8Array> {
  let left = most;
  return new ReadableStream({
    async pull(controller) {
      const buffer = buffers.take().subarray(0, left);
      const count = buffer.length === 0 ? null : await file.read(buffer);
      if (count === null) return controller.close();
      left -= count;
      controller.enqueue(buffer.subarray(0, count));
    },
  }, { highWaterMark: 1 });
}
