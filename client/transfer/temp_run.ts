/** The temporary files of one tree's small files: registered before the first is made, so that a crash leaves none unknown. */
import { join } from "@std/path";
import { entriesIfThere, realPathOf } from "../../files/lookup.ts";
import { removeIfThere } from "../../files/remove.ts";
import { readFields, text } from "../../protocol/message/fields.ts";
import { localEntry } from "./file.ts";
import { isBelow } from "./place.ts";
import type { RecordFolder } from "./record_folder.ts";
import { newId, readTempName, treeTemp } from "./temp_name.ts";

/** Runs that ended in the middle and whose folders nobody has asked for again. */
const MOST_KEPT = 1_000;
/** How long the search for what is left may go on without a pause. */
const TURN_MS = 20;

/** The folder below which all of a run's files are: its path without links. */
const RUN = { top: text } as const;

/** Names the files of one run. Dispose of it when all of them are gone. */
export class TempRun implements Disposable {
  readonly #records: RecordFolder;
  readonly #top: string;
  readonly #id = newId();
  #held: Disposable | undefined;
  #count = 0;
  #isLeft = false;

  constructor(records: RecordFolder, top: string) {
    this.#records = records;
    this.#top = top;
  }

  /** A name for the next file, in a folder below the top. */
  next(folder: string): string {
    if (this.#count === 0) this.#register();
    return join(folder, treeTemp(this.#id, this.#count++));
  }

  /** Removes a file that gets no other name. What cannot be removed stays known as one of ours. */
  remove(temp: string): void {
    try {
      removeIfThere(temp);
    } catch {
      this.#isLeft = true;
    }
  }

  #register(): void {
    const record = { top: realPathOf(this.#top) };
    this.#held = this.#records.hold(this.#id);
    if (this.#held) this.#records.write(this.#id, record);
    else this.#records.keep(this.#id, record);
  }

  [Symbol.dispose](): void {
    if (this.#count === 0) return;
    this.#held?.[Symbol.dispose]();
    if (this.#isLeft) return;
    try {
      this.#records.remove(this.#id);
    } catch {
      // Then it says that there may be something of ours where nothing is.
    }
  }
}

/** All runs that are known: those that go on, and those that were killed. */
export class TempRuns {
  readonly #records: RecordFolder;

  constructor(records: RecordFolder) {
    this.#records = records;
  }

  /** A run whose files are all to be below a folder. Nothing is written before there is a first file. */
  begin(top: string): TempRun {
    return new TempRun(this.#records, top);
  }

  /** Whether a file is one of a run. @param place its path without links */
  isOurs(id: string, place: string): boolean {
    const top = this.#topOf(id);
    return top !== undefined && isBelow(place, top) && localEntry(place)?.isFile === true;
  }

  /** Whether a run still goes on. */
  isAlive(id: string): boolean {
    return this.#records.isHeld(id);
  }

  /** Removes what killed runs have left in a folder and below. What cannot be removed stays known. */
  async tidy(folder: string): Promise<void> {
    this.#records.prune(MOST_KEPT, { isVoid: (id) => this.#isVoid(id), drop: (id) => this.#records.remove(id) });
    const dead = this.#records.names().filter((id) => {
      const top = this.#topOf(id);
      return top !== undefined && (top === folder || isBelow(top, folder)) && !this.isAlive(id);
    });
    for (const id of dead) if (await removeTemps(this.#topOf(id)!, id)) this.#records.remove(id);
  }

  /** Whether a record is of no use any more. */
  #isVoid(id: string): boolean {
    const top = this.#topOf(id);
    return !this.isAlive(id) && (top === undefined || !localEntry(top));
  }

  #topOf(id: string): string | undefined {
    try {
      return readFields(this.#records.read(id) as Record<string, unknown>, RUN, "ignore").top;
    } catch {
      // Damaged, or gone meanwhile: then nothing is known to be of this run.
      return undefined;
    }
  }
}

/** Removes the files of a run from a tree. @returns whether all of it could be looked at, and nothing is left */
async function removeTemps(top: string, id: string): Promise<boolean> {
  const waiting = [top];
  let isClean = true;
  let paused = performance.now();
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (performance.now() - paused > TURN_MS) {
      await new Promise((resolve) => setTimeout(resolve));
      paused = performance.now();
    }
    try {
      for (const { name, isFile, isDirectory } of entriesIfThere(folder)) {
        const temp = readTempName(name);
        if (isDirectory) waiting.push(join(folder, name));
        else if (isFile && temp?.isOfTree && temp.id === id) removeIfThere(join(folder, name));
      }
    } catch {
      isClean = false;
    }
  }
  return isClean;
}
