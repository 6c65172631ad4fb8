/** Small local files: read whole, and written as a group that is synced before any of it has its name. */
import { createHash } from "node:crypto";
import { dirname, join } from "@std/path";
import { setMtime } from "../../files/file_time.ts";
import { readInto } from "../../protocol/read_into.ts";
import { StatusError } from "../../protocol/status.ts";
import { SyncGroup } from "../../protocol/sync_group.ts";
import { quote } from "../../protocol/text.ts";
import { localFailure } from "./file.ts";

const TEMP_PREFIX = ".ftp-part-";
/** A group gets its names when it has so many files or bytes: what an interruption costs at most. */
const GROUP_FILES = 256;
const GROUP_BYTES = 16 * 1024 ** 2;

/** Whether a name is one that an interrupted download may leave behind. */
export function isTempName(name: string): boolean {
  return name.startsWith(TEMP_PREFIX);
}

/** Reads small files, all into the same memory. */
export class SmallFileReader {
  #buffer = new Uint8Array(0);

  /**
   * The content of a file, which lasts until the next one is read, and its digest.
   *
   * @throws {StatusError} 409 when it is not as large as it was
   */
  read(path: string, size: number): { content: Uint8Array; sha256: string } {
    // One byte more tells of a file that has grown.
    if (size >= this.#buffer.length) this.#buffer = new Uint8Array(Math.max(size + 1, 2 * this.#buffer.length));
    let filled: number;
    try {
      using file = Deno.openSync(path, { read: true });
      filled = readInto(file, this.#buffer.subarray(0, size + 1));
    } catch (error) {
      throw localFailure(error, path);
    }
    if (filled !== size) throw new StatusError(409, `Local ${quote(path)} changed while it was sent`);
    const content = this.#buffer.subarray(0, size);
    return { content, sha256: createHash("sha256").update(content).digest("hex") };
  }
}

/** What a small file is to be. `mtime` in ms if it is known. */
export interface SmallFile {
  readonly target: string;
  readonly content: Uint8Array;
  readonly sha256: string;
  readonly mtime: number | null;
  readonly exec: boolean;
}

/** Temporary names are counted for the whole program: several writers may work in one folder. */
let temps = 0;

/** Writes small files. `flush` gives them their names; dispose of it in any case. */
export class SmallFileWriter implements AsyncDisposable {
  readonly #group = new SyncGroup(() => performance.now());
  #waiting: { temp: string; target: string }[] = [];
  #waitingBytes = 0;

  /** Writes one file next to its name. @throws {StatusError} 409 when the content is not what its digest says */
  add({ target, content, sha256, mtime, exec }: SmallFile): void {
    if (createHash("sha256").update(content).digest("hex") !== sha256) {
      throw new StatusError(409, `${quote(target)} did not arrive whole`);
    }
    const temp = join(dirname(target), `${TEMP_PREFIX}${Deno.pid}-${temps++}`);
    try {
      const file = Deno.openSync(temp, { write: true, create: true, truncate: true, mode: exec ? 0o700 : 0o600 });
      try {
        for (let at = 0; at < content.length;) at += file.writeSync(content.subarray(at));
        setMtime(file, mtime);
      } catch (error) {
        file.close();
        Deno.removeSync(temp);
        throw error;
      }
      this.#waiting.push({ temp, target });
      this.#waitingBytes += content.length;
      this.#group.add(file);
    } catch (error) {
      throw localFailure(error, target);
    }
  }

  /** Whether enough waits. */
  get isDue(): boolean {
    return this.#waiting.length >= GROUP_FILES || this.#waitingBytes >= GROUP_BYTES;
  }

  /** Makes all of them durable and gives them their names. */
  async flush(): Promise<void> {
    await this.#group.flush();
    this.#waitingBytes = 0;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      try {
        Deno.renameSync(next.temp, next.target);
      } catch (error) {
        Deno.removeSync(next.temp);
        throw localFailure(error, next.target);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What is left is given up; its files have to be closed all the same.
    await this.#group.flush().catch(() => {});
    for (const { temp } of this.#waiting) Deno.removeSync(temp);
  }
}
