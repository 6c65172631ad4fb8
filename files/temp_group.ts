/** Many small files under temporary names: synced as a group before any of them gets its own. */
import { createPrivate } from "./open.ts";
import { fill, type SmallContent } from "./small_file.ts";
import type { SyncGroup } from "./sync_group.ts";

/** A group gets its names when it has so many files or bytes: what an interruption costs at most. */
export const GROUP_FILES = 256;
const GROUP_BYTES = 16 * 1024 ** 2;

/** What a group works with. `drop` removes a temporary file that gets no name, and does not throw. */
export interface TempGroupParts {
  readonly sync: SyncGroup;
  drop(temp: string): void;
}

/** Files that wait for their names. `T` says what the owner of the group knows of each. */
export class TempGroup<T extends { readonly temp: string }> {
  readonly #sync: SyncGroup;
  readonly #drop: (temp: string) => void;
  #waiting: T[] = [];
  #bytes = 0;

  /** An empty group. */
  constructor({ sync, drop }: TempGroupParts) {
    this.#sync = sync;
    this.#drop = drop;
  }

  /** Whether enough waits. */
  get isDue(): boolean {
    return this.#waiting.length >= GROUP_FILES || this.#bytes >= GROUP_BYTES;
  }

  /** Writes one file under its temporary name. @throws the error of the operating system; the file is dropped then */
  add(item: T, small: SmallContent): void {
    const file = createPrivate(item.temp, small);
    try {
      fill(file, small);
      this.#sync.add(file);
    } catch (error) {
      // Unlike `close`, this is no error where it is closed already.
      file[Symbol.dispose]();
      this.#drop(item.temp);
      throw error;
    }
    this.#waiting.push(item);
    this.#bytes += small.content.length;
  }

  /**
   * Makes what waits durable.
   *
   * @returns what is to get its names now
   * @throws the error of the operating system; all of it is dropped then
   */
  async flush(): Promise<T[]> {
    const group = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    try {
      await this.#sync.flush();
      return group;
    } catch (error) {
      for (const { temp } of group) this.#drop(temp);
      throw error;
    }
  }

  /** Drops what waits. */
  async giveUp(): Promise<void> {
    // The files have to be closed all the same; what they fail with matters to nobody.
    for (const { temp } of await this.flush().catch(() => [])) this.#drop(temp);
  }
}
