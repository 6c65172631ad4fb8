/** Small local files, written as a group that is synced before any of it has its name. */
import { basename, dirname } from "@std/path";
import { namesOf } from "../../files/lookup.ts";
import { rename } from "../../files/rename.ts";
import { checkArrived, type SmallContent } from "../../files/small_file.ts";
import { SyncGroup } from "../../files/sync_group.ts";
import { TempGroup } from "../../files/temp_group.ts";
import { localFailure, occupantOf } from "./file.ts";
import type { TempRun } from "./temp_run.ts";

/** A folder with more names than this for each file of a group is not read: each name is asked for instead. */
const NAMES_EACH = 20;

/** What a small file is to be. `name`: what its tree knows it by. */
export interface SmallFile extends SmallContent {
  readonly name: string;
  readonly target: string;
  readonly sha256: string;
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
  readonly #group: TempGroup<Waiting>;
  /** How many names a folder had when it was read last. */
  readonly #sizes = new Map<string, number>();

  /** @param temps names the temporary files */
  constructor(temps: TempRun) {
    this.#temps = temps;
    const drop = (temp: string) => temps.remove(temp);
    this.#group = new TempGroup({ sync: new SyncGroup(() => performance.now()), drop });
  }

  /** Writes one file next to its name. @throws {StatusError} 409 when the content is not what its digest says */
  add({ name, target, content, sha256, mtime, exec }: SmallFile): void {
    checkArrived(content, { sha256, subject: target });
    try {
      const temp = this.#temps.next(dirname(target));
      this.#group.add({ name, temp, target }, { content, mtime, exec });
    } catch (error) {
      throw localFailure(error, target);
    }
  }

  /** Whether enough waits. */
  get isDue(): boolean {
    return this.#group.isDue;
  }

  /** Makes all of them durable and gives them their names. @returns those that could not get theirs */
  async flush(): Promise<Failed[]> {
    const group = await this.#group.flush();
    const failed: Failed[] = [];
    const isFree = this.#placesOf(group);
    for (const next of group) {
      try {
        // Whatever came to be there since the tree was looked at: only a regular file is replaced.
        if (!isFree(next.target)) occupantOf(next.target);
        rename(next.temp, next.target);
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
    await this.#group.giveUp();
  }
}

/** The names in a folder; `undefined` when it cannot be read, which does not say that it cannot be written to. */
function namesIn(folder: string): Set<string> | undefined {
  try {
    return new Set(namesOf(folder));
  } catch {
    return undefined;
  }
}
