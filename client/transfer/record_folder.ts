/** Small private records, one file each, in a folder of the state folder; in memory where they cannot be written. */
import { join } from "@std/path";
import { reasonOf } from "../../console/reason.ts";
import { makePrivateFolder } from "../../files/folder.ts";
import { isLockHeld, takeLock } from "../../files/lock.ts";
import { infoOf, namesIfThere } from "../../files/lookup.ts";
import { removeIfThere } from "../../files/remove.ts";
import { readText, replaceText } from "../../files/small_file.ts";
import { quote } from "../../protocol/text.ts";

const SUFFIX = ".json";
const LOCK_SUFFIX = ".lock";

/** Several programs may use one folder: each record is written in one step, and nobody writes another's. */
export class RecordFolder {
  readonly #folder: string | undefined;
  /** Records that last no longer than this program. */
  readonly #passing = new Map<string, unknown>();
  #trouble: string | undefined;

  /** @param folder `undefined`: all is kept in memory */
  constructor(folder: string | undefined) {
    this.#folder = folder;
    if (folder === undefined) this.#trouble = "no folder for it is known";
  }

  /** Why some records last no longer than this program. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** The records that are not on disk. */
  get passing(): readonly string[] {
    return [...this.#passing.keys()];
  }

  /** The names of all records. */
  names(): string[] {
    const names = new Set(this.#passing.keys());
    for (const file of this.#files()) if (file.endsWith(SUFFIX)) names.add(file.slice(0, -SUFFIX.length));
    return [...names];
  }

  /** A record, as it was given; `undefined` when there is none or it is damaged. */
  read(name: string): unknown {
    if (this.#passing.has(name)) return this.#passing.get(name);
    try {
      return JSON.parse(readText(this.#path(name, SUFFIX)));
    } catch {
      // What cannot be read says nothing, and nothing is done on its word.
      return undefined;
    }
  }

  /** Writes a record. @returns whether it is on disk */
  write(name: string, record: unknown): boolean {
    try {
      this.#makeFolder();
      replaceText(this.#path(name, SUFFIX), `${JSON.stringify(record)}\n`);
      this.#passing.delete(name);
      return true;
    } catch (error) {
      this.#trouble ??= `${quote(this.#folder!)} cannot be written: ${reasonOf(error)}`;
      this.keep(name, record);
      return false;
    }
  }

  /** Keeps a record in memory alone. */
  keep(name: string, record: unknown): void {
    this.#passing.set(name, record);
  }

  /** Removes a record; that there is none is not an error. @throws the error of the operating system */
  remove(name: string): void {
    const isPassing = this.#passing.delete(name);
    if (this.#folder === undefined) return;
    try {
      for (const suffix of [SUFFIX, LOCK_SUFFIX]) removeIfThere(this.#path(name, suffix));
    } catch (error) {
      // Where nothing can be written there is nothing to remove.
      if (!isPassing) throw error;
    }
  }

  /**
   * Marks a record, before it is written, as one of a running program, until this is disposed of or the program ends.
   *
   * @returns `undefined` where that cannot be: such a record would look like one of a program that has ended
   */
  hold(name: string): Disposable | undefined {
    try {
      this.#makeFolder();
      const lock = takeLock(this.#path(name, LOCK_SUFFIX));
      if (lock) return lock;
      throw new Error("its files cannot be locked");
    } catch (error) {
      this.#trouble ??= `${quote(this.#folder!)} cannot be used: ${reasonOf(error)}`;
      return undefined;
    }
  }

  /** Whether a running program holds a record. */
  isHeld(name: string): boolean {
    if (this.#passing.has(name)) return true;
    return this.#folder === undefined || isLockHeld(this.#path(name, LOCK_SUFFIX));
  }

  /**
   * Drops records while there are more than `most`: first those that `isVoid` says are of no use, then the oldest.
   *
   * @param drop removes one, with what it speaks of; where it cannot, that is left for another time
   */
  prune(most: number, { isVoid, drop }: { isVoid(name: string): boolean; drop(name: string): void }): void {
    let names = this.names();
    if (names.length <= most) return;
    const dropped = new Set(names.filter(isVoid));
    for (const name of dropped) attempt(() => drop(name));
    names = names.filter((name) => !dropped.has(name));
    if (names.length <= most) return;
    const ages = names.map((name) => ({ name, written: this.#writtenAt(name) })).sort((a, b) => a.written - b.written);
    // Some more than needed: not every new record has to look at the ages of all.
    for (const { name } of ages.slice(0, names.length - Math.floor(most * 0.9))) attempt(() => drop(name));
  }

  #writtenAt(name: string): number {
    try {
      return infoOf(this.#path(name, SUFFIX)).mtime?.getTime() ?? 0;
    } catch {
      // In memory, so it is of now.
      return Infinity;
    }
  }

  #files(): string[] {
    if (this.#folder === undefined) return [];
    try {
      return namesIfThere(this.#folder);
    } catch (error) {
      this.#trouble ??= `${quote(this.#folder)} cannot be read: ${reasonOf(error)}`;
      return [];
    }
  }

  #makeFolder(): void {
    makePrivateFolder(this.#path("", ""));
  }

  #path(name: string, suffix: string): string {
    if (this.#folder === undefined) throw new Error("there is no state folder");
    return join(this.#folder, name + suffix);
  }
}

/** What is only tidied up must not be the failure of something else. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // It is tried again when there are too many the next time.
  }
}
