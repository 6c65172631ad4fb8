/** Many small files stored together: written to staging, synced as a group, and put in place in one booking. */
import { createHash } from "node:crypto";
import { join } from "@std/path";
import type { StoreFailure } from "../../protocol/message/commands.ts";
import { StatusError } from "../../protocol/status.ts";
import { SyncGroup } from "../../files/sync_group.ts";
import { quote } from "../../protocol/text.ts";
import { childOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import type { Reservation } from "../../users/quota_ledger.ts";
import { done, type Doubt, doubtOf, openFolders } from "./durable.ts";
import { FolderCache } from "./folder_cache.ts";
import type { Jail } from "./jail.ts";
import type { OpenFiles, OpenShare } from "./open_files.ts";
import { osFailure } from "./os_error.ts";
import { installSmall, type SmallContent, stageSmall } from "./small_stage.ts";
import { type Staging, StagingCache } from "./staging.ts";
import { checkReplaceable, removeLeftover } from "./target.ts";
import { afterStored, TreeFailures } from "./tree_failures.ts";

/** A group is put in place when it has so many files or bytes. */
const GROUP_FILES = 256;
const GROUP_BYTES = 16 * 1024 ** 2;

/** A file of a tree as the client sends it. */
export interface TreeFile extends SmallContent {
  readonly name: string;
  readonly sha256: string;
}

interface Staged {
  readonly name: string;
  readonly staged: string;
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
  readonly #group = new SyncGroup(() => performance.now());
  readonly #failures = new TreeFailures();
  #waiting: Staged[] = [];
  #waitingBytes = 0;
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

  /** Makes a folder; that it is there already is as good. */
  addFolder(name: string): void {
    this.#failures.noting(name, () => {
      const { folder, name: last } = this.#cache.locate(name);
      const place = join(folder, last);
      this.#changed.add(folder);
      this.#noteOpen();
      try {
        Deno.mkdirSync(place, { mode: 0o700 });
        this.#folders++;
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
        if (!Deno.lstatSync(place).isDirectory) throw new StatusError(407, `${quote(name)} is not a folder`);
      }
    });
  }

  /** Writes a file to staging, if its content is what the sender says. */
  addFile({ name, content, sha256, mtime, exec }: TreeFile): void {
    this.#failures.noting(name, () => {
      if (createHash("sha256").update(content).digest("hex") !== sha256) {
        throw new StatusError(409, `${quote(name)} did not arrive whole`);
      }
      // Told now, while nothing of it is on disk.
      const { folder } = this.#cache.locate(name);
      const staged = join(this.#places.placeFor(folder), `${this.#parts.reservation.id}-${this.#count++}`);
      const file = stageSmall(staged, { content, mtime, exec });
      this.#waiting.push({ name, staged, bytes: content.length });
      this.#waitingBytes += content.length;
      this.#group.add(file);
      this.#noteOpen();
    });
  }

  /** Whether as much is open as may be: what waits has to be put in place before anything else is taken. */
  get isFull(): boolean {
    return this.#open.isFull(GROUP_FILES);
  }

  #noteOpen(): void {
    this.#open.note(this.#group.size + this.#changed.size + this.#places.size);
  }

  /** Whether enough waits to be put in place. */
  get isDue(): boolean {
    return Math.max(this.#waiting.length, this.#changed.size) >= GROUP_FILES || this.#waitingBytes >= GROUP_BYTES;
  }

  /**
   * Syncs what waits and puts it in place; afterwards it is durable under its names, unless there is a `doubt`.
   *
   * @throws {StatusError} before anything of the group is in place, or 404 or 5xx in its middle: what is in place is booked
   */
  async flush(): Promise<void> {
    const group = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    using changing = new DisposableStack();
    try {
      await this.#group.flush();
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
      for (const folder of folders) this.#group.add(folder);
      await this.#group.flush();
      this.doubt ??= doubtOf(done("Stored", this.#parts.base), folders);
      const stored = group.filter(({ staged }) => this.#installed.has(staged));
      this.#parts.onStored(new Set(stored.map(({ name }) => childOf(this.#parts.base, name))));
      if (failure) throw failure;
    } catch (error) {
      throw osFailure(error, this.#parts.base);
    } finally {
      for (const { staged } of group) if (!this.#installed.has(staged)) removeLeftover(staged);
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
      for (const { name, staged, bytes } of group) {
        reserved += bytes;
        this.#failures.noting(name, () => {
          const located = this.#cache.locate(name);
          const place = join(located.folder, located.name);
          const freed = this.#cache.has(located) ? sizeOf(place, name) : 0;
          installSmall(staged, { place, path: name, staging: this.#parts.staging });
          booked += bytes - freed;
          this.#cache.add(located);
          this.#installed.add(staged);
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
    const left = this.#waiting;
    this.#waiting = [];
    this.#parts.reservation.release();
    // Their content is given up, but the files have to be closed.
    await this.#group.flush().catch(() => {});
    this.#open.note(0);
    for (const { staged } of left) removeLeftover(staged);
  }
}

/** The bytes that go when a file is replaced. @throws {StatusError} 407 when something that is no regular file is there */
function sizeOf(place: string, name: string): number {
  const there = Deno.lstatSync(place);
  checkReplaceable(there, name);
  return there.size;
}
