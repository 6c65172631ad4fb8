/** Many small files stored together: written to staging, synced as a group, and put in place in one booking. */
import { join } from "@std/path";
import { makePrivateIfFree } from "../../files/folder.ts";
import { infoOf } from "../../files/lookup.ts";
import { tryRemove } from "../../files/remove.ts";
import { checkArrived, type SmallContent } from "../../files/small_file.ts";
import { GROUP_FILES, TempGroup } from "../../files/temp_group.ts";
import { StatusError } from "../../protocol/status.ts";
import { SyncGroup } from "../../files/sync_group.ts";
import { quote } from "../../protocol/text.ts";
import { childOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import type { Reservation } from "../../users/quota_ledger.ts";
import { done, type Doubt, doubtOf, openFolders } from "./doubt.ts";
import { FolderCache } from "./folder_cache.ts";
import type { Jail } from "./jail.ts";
import type { OpenFiles, OpenShare } from "./open_files.ts";
import { osFailure } from "./os_error.ts";
import { installSmall } from "./small_stage.ts";
import { type Staging, StagingCache } from "./staging.ts";
import { checkReplaceable } from "./target.ts";
import { afterStored, type StoreFailure, TreeFailures } from "./tree_failures.ts";

/** A file of a tree as the client sends it. */
export interface TreeFile extends SmallContent {
  readonly name: string;
  readonly sha256: string;
}

interface Staged {
  readonly name: string;
  readonly temp: string;
  readonly bytes: number;
}

/** What a store works with. */
export interface TreeStoreParts {
  readonly jail: Jail;
  readonly base: VirtualPath;
  readonly staging: Staging;
  readonly reservation: Reservation;
  readonly openFiles: OpenFiles;
  /** Told of the paths whose new content is in place. */
  onStored(paths: ReadonlySet<string>): void;
}

/** The store of one tree. Dispose of it: what was not put in place is removed and its reservation goes back. */
export class TreeStore implements AsyncDisposable {
  readonly #parts: TreeStoreParts;
  readonly #sync = new SyncGroup(() => performance.now());
  readonly #group = new TempGroup<Staged>({ sync: this.#sync, drop: tryRemove });
  readonly #failures = new TreeFailures();
  #cache: FolderCache;
  readonly #installed = new Set<string>();
  #places: StagingCache;
  /** Folders with new names that are not yet durable. */
  readonly #changed = new Set<string>();
  /** Files and folders that are open now or will be at once in the next flush. */
  readonly #open: OpenShare;
  #count = 0;
  #folders = 0;
  files = 0;
  bytes = 0;
  /** What is not sure about what is in place. */
  doubt: Doubt | undefined;

  constructor(parts: TreeStoreParts) {
    this.#parts = parts;
    this.#cache = new FolderCache(parts.jail, parts.base);
    this.#places = new StagingCache(parts.staging);
    this.#open = parts.openFiles.share();
  }

  /** What could not be stored. */
  get failures(): readonly StoreFailure[] {
    return this.#failures.list;
  }

  /** Makes a folder; that it is there already is not an error. */
  addFolder(name: string): void {
    this.#failures.noting(name, () => {
      const { folder, name: last } = this.#cache.locate(name);
      const place = join(folder, last);
      this.#changed.add(folder);
      this.#noteOpen();
      if (makePrivateIfFree(place)) this.#folders++;
      else if (!infoOf(place).isDirectory) throw new StatusError(407, `${quote(name)} is not a folder`);
    });
  }

  /** Writes a file to staging, if its content is what the sender says. */
  addFile({ name, content, sha256, mtime, exec }: TreeFile): void {
    this.#failures.noting(name, () => {
      checkArrived(content, { sha256, subject: name });
      // Refused now, while nothing of it is on disk.
      const { folder } = this.#cache.locate(name);
      const temp = join(this.#places.placeFor(folder), `${this.#parts.reservation.id}-${this.#count++}`);
      this.#group.add({ name, temp, bytes: content.length }, { content, mtime, exec });
      this.#noteOpen();
    });
  }

  /** Whether as much is open as may be: what waits has to be put in place before anything else is taken. */
  get isFull(): boolean {
    return this.#open.isFull(GROUP_FILES);
  }

  #noteOpen(): void {
    this.#open.note(this.#sync.size + this.#changed.size + this.#places.size);
  }

  /** Whether enough waits to be put in place. */
  get isDue(): boolean {
    return this.#group.isDue || this.#changed.size >= GROUP_FILES;
  }

  /**
   * Syncs what waits and puts it in place; afterwards it is durable under its names, unless there is a `doubt`.
   *
   * @throws {StatusError} before anything of the group is in place, or 404 or 5xx in its middle: what is in place is booked
   */
  async flush(): Promise<void> {
    let group: Staged[] = [];
    using changing = new DisposableStack();
    try {
      group = await this.#group.flush();
      // While the disk was busy others had their turn: look the folders up again.
      this.#cache = new FolderCache(this.#parts.jail, this.#parts.base);
      // Opened before they change: without a descriptor nothing happens to them.
      const folders = openFolders(this.#cache.foldersOf(group, this.#changed), changing);
      this.#changed.clear();
      let failure: unknown;
      // What is in place has to be booked, whatever stops the rest.
      this.#parts.reservation.settlePart(() => {
        const { booked, reserved, error } = this.#installAll(group);
        failure = error;
        return { booked, reserved };
      });
      for (const folder of folders) this.#sync.add(folder);
      await this.#sync.flush();
      this.doubt ??= doubtOf(done("Stored", this.#parts.base), folders);
      const stored = group.filter(({ temp }) => this.#installed.has(temp));
      this.#parts.onStored(new Set(stored.map(({ name }) => childOf(this.#parts.base, name))));
      if (failure) throw failure;
    } catch (error) {
      throw osFailure(error, this.#parts.base);
    } finally {
      for (const { temp } of group) if (!this.#installed.has(temp)) tryRemove(temp);
      this.#installed.clear();
      changing.dispose();
      this.#places = new StagingCache(this.#parts.staging);
      this.#noteOpen();
    }
  }

  #installAll(group: readonly Staged[]): { booked: number; reserved: number; error?: unknown } {
    let booked = 0;
    let reserved = 0;
    try {
      for (const { name, temp, bytes } of group) {
        reserved += bytes;
        this.#failures.noting(name, () => {
          const located = this.#cache.locate(name);
          const place = join(located.folder, located.name);
          const freed = this.#cache.has(located) ? sizeOf(place, name) : 0;
          installSmall(temp, { place, path: name, staging: this.#parts.staging });
          booked += bytes - freed;
          this.#cache.add(located);
          this.#installed.add(temp);
          this.files++;
          this.bytes += bytes;
        });
      }
    } catch (error) {
      return { booked, reserved, error };
    }
    return { booked, reserved };
  }

  /** A failure of the whole, which says what is in place all the same. */
  withStored(error: unknown): unknown {
    return afterStored(error, { files: this.files, folders: this.#folders, bytes: this.bytes });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts.reservation.release();
    await this.#group.giveUp();
    this.#open.note(0);
  }
}

/** The bytes that go when a file is replaced. @throws {StatusError} 407 when something that is no regular file is there */
function sizeOf(place: string, name: string): number {
  const there = infoOf(place);
  checkReplaceable(there, name);
  return there.size;
}
