/** Small local files, written as a group that is synced before any of it has its name. */
import { createHash } from "node:crypto";
import { basename, dirname } from "@std/path";
import { setMtime } from "../../files/file_time.ts";
import { StatusError } from "../../protocol/status.ts";
import { SyncGroup } from "../../files/sync_group.ts";
import { quote } from "../../protocol/text.ts";
import { localFailure, occupantOf } from "./file.ts";
import type { TempRun } from "./temp_run.ts";

/** A group gets its names when it has so many files or bytes: what an interruption costs at most. */
const GROUP_FILES = 256;
const GROUP_BYTES = 16 * 1024 ** 2;
/** A folder with more names than this for each file of a group is not read: each name is asked for instead. */
const NAMES_EACH = 20;

/** What a small file is to be. `name`: what its tree knows it by; `mtime` in ms if it is known. */
export interface SmallFile {
  readonly name: string;
  readonly target: string;
  readonly content: Uint8Array;
  readonly sha256: string;
  readonly mtime: number | null;
  readonly exec: boolean;
}

interface Waiting {
  readonly name: string;
  readonly temp: string;
  readonly target: string;
}

/** A file that did not get its name. */
interface Failed {
  readonly name: string;
  readonly error: unknown;
}

/** Writes small files. `flush` gives them their names; dispose of it in any case. */
export class SmallFileWriter implements AsyncDisposable {
  readonly #temps: TempRun;
  readonly #group = new SyncGroup(() => performance.now());
  /** How many names a folder had when it was read last. */
  readonly #sizes = new Map<string, number>();
  #waiting: Waiting[] = [];
  #waitingBytes = 0;

  /** @param temps names the temporary files */
  constructor(temps: TempRun) {
    this.#temps = temps;
  }

  /** Writes one file next to its name. @throws {StatusError} 409 when the content is not what its digest says */
  add({ name, target, content, sha256, mtime, exec }: SmallFile): void {
    if (createHash("sha256").update(content).digest("hex") !== sha256) {
      throw new StatusError(409, `${quote(target)} did not arrive whole`);
    }
    try {
      const temp = this.#temps.next(dirname(target));
      const file = Deno.openSync(temp, { write: true, createNew: true, mode: exec ? 0o700 : 0o600 });
      try {
        for (let at = 0; at < content.length;) at += file.writeSync(content.subarray(at));
        setMtime(file, mtime);
      } catch (error) {
        file.close();
        this.#temps.remove(temp);
        throw error;
      }
      try {
        this.#group.add(file);
      } catch (error) {
        this.#temps.remove(temp);
        throw error;
      }
      this.#waiting.push({ name, temp, target });
      this.#waitingBytes += content.length;
    } catch (error) {
      throw localFailure(error, target);
    }
  }

  /** Whether enough waits. */
  get isDue(): boolean {
    return this.#waiting.length >= GROUP_FILES || this.#waitingBytes >= GROUP_BYTES;
  }

  /** Makes all of them durable and gives them their names. @returns those that could not get theirs */
  async flush(): Promise<Failed[]> {
    await this.#group.flush();
    this.#waitingBytes = 0;
    const failed: Failed[] = [];
    const isFree = this.#placesOf(this.#waiting);
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      try {
        // Whatever came to be there since the tree was looked at: only a regular file is replaced.
        if (!isFree(next.target)) occupantOf(next.target);
        Deno.renameSync(next.temp, next.target);
      } catch (error) {
        this.#temps.remove(next.temp);
        failed.push({ name: next.name, error: localFailure(error, next.target) });
      }
    }
    return failed;
  }

  /** Tells which places are surely free: a look at a folder is cheaper than one at each name in it. */
  #placesOf(files: readonly Waiting[]): (target: string) => boolean {
    const counts = new Map<string, number>();
    for (const { target } of files) counts.set(dirname(target), (counts.get(dirname(target)) ?? 0) + 1);
    const taken = new Map<string, Set<string>>();
    for (const [folder, count] of counts) {
      if ((this.#sizes.get(folder) ?? 0) > NAMES_EACH * count) continue;
      const names = namesIn(folder);
      if (!names) continue;
      this.#sizes.set(folder, names.size);
      taken.set(folder, names);
    }
    return (target) => taken.get(dirname(target))?.has(basename(target)) === false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What is left is given up; its files have to be closed all the same.
    await this.#group.flush().catch(() => {});
    for (const { temp } of this.#waiting) this.#temps.remove(temp);
  }
}

/** The names in a folder; `undefined` when it cannot be read, which does not say that it cannot be written to. */
function namesIn(folder: string): Set<string> | undefined {
  try {
    return new Set([...Deno.readDirSync(folder)].map(({ name }) => name));
  } catch {
    return undefined;
  }
}
