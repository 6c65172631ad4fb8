/** A user's home: all that a door can do with files. */
import type { ListingEntry, PartEntry, Usage } from "../../protocol/commands.ts";
import type { FileEnd } from "../../protocol/messages.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { isWithin, nameOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import { notEnough, type QuotaLedger } from "../../users/quota_ledger.ts";
import { checkDiskSpace } from "./disk_space.ts";
import type { DigestCache } from "./digest_cache.ts";
import { Download } from "./download.ts";
import { ChangingFolder, done, type Doubt, syncChange } from "./durable.ts";
import { entryOf } from "./entry.ts";
import { existingOccupant, makeFolder, removeFolder } from "./folder_changes.ts";
import { Jail } from "./jail.ts";
import { listFolder, type ListingPage } from "./listing.ts";
import { atDisk } from "./os_error.ts";
import { removeTree } from "./remove_tree.ts";
import { SmallFileReader } from "./small_files.ts";
import { TreeStore } from "./tree_store.ts";
import { type TreePage, walkTree } from "./tree_walk.ts";
import type { Upload, UploadPlan } from "./upload.ts";
import type { UploadDesk, UploadPlace } from "./upload_desk.ts";

/** What a home is made of. */
export interface HomeOptions {
  readonly userId: number;
  /** The home's folder and the user's staging folder, absolute, on one file system. */
  readonly folder: string;
  readonly staging: string;
  readonly ledger: QuotaLedger;
  readonly desk: UploadDesk;
  readonly digests: DigestCache;
  /** Bytes that must stay free on the disk; `undefined`: the default share. */
  readonly diskReserve: number | undefined;
}

/** What a removal took. */
export interface Removed {
  readonly files: number;
  readonly bytes: number;
  readonly doubt: Doubt | undefined;
}

/** One user's files. Every method takes virtual paths and throws `StatusError`. */
export class Home {
  readonly #options: HomeOptions;
  readonly #jail: Jail;

  constructor(options: HomeOptions) {
    this.#options = options;
    this.#jail = new Jail(options.folder, Deno.build.os);
  }

  /** What is at a path; a link inside the home is followed. */
  stat(path: VirtualPath): ListingEntry {
    const real = this.#jail.existing(path);
    return entryOf(nameOf(path), atDisk(path, () => Deno.lstatSync(real)));
  }

  /** What is at a path, `undefined` when there is nothing. */
  find(path: VirtualPath): ListingEntry | undefined {
    try {
      return this.stat(path);
    } catch (error) {
      if (error instanceof StatusError && error.code === 402) return undefined;
      throw error;
    }
  }

  /** The entries of a folder, in pages. */
  list(path: VirtualPath): Generator<ListingPage> {
    return listFolder(this.#jail.existing(path), path);
  }

  /** Makes a folder; see `makeFolder`. */
  makeFolder(path: VirtualPath, options: { parents: boolean }): Promise<Doubt | undefined> {
    return makeFolder(this.#jail, path, options);
  }

  /** Removes an empty folder. */
  removeFolder(path: VirtualPath): Promise<Doubt | undefined> {
    return removeFolder(this.#jail, path);
  }

  /** Removes a file, or with `recursive` a folder with all in it; returns what it removed. */
  async remove(path: VirtualPath, { recursive }: { recursive: boolean }): Promise<Removed> {
    const { place, info } = existingOccupant(this.#jail, path);
    if (info.isDirectory && !recursive) throw new StatusError(407, `${quote(path)} is a folder`);
    const { ledger, userId } = this.#options;
    using folder = atDisk(path, () => ChangingFolder.of(place));
    const removed = await removeTree(place, path, (work) => ledger.change(userId, work));
    return { ...removed, doubt: await syncChange(done("Removed", path), folder) };
  }

  /** Gives a file or folder another path, where nothing may be yet. */
  async move(from: VirtualPath, to: VirtualPath): Promise<Doubt | undefined> {
    const source = existingOccupant(this.#jail, from);
    const target = this.#jail.occupant(to);
    if (target.info) throw new StatusError(403, `${quote(to)} exists already`);
    if (isWithin(to, from)) throw new StatusError(406, `${quote(from)} cannot be moved into itself`);
    using before = atDisk(from, () => ChangingFolder.of(source.place));
    using after = atDisk(to, () => ChangingFolder.of(target.place));
    atDisk(from, () => Deno.renameSync(source.place, target.place));
    return await syncChange(done("Moved", from), after, before);
  }

  /** Opens a file for reading. Dispose of it. */
  download(path: VirtualPath): Promise<Download> {
    return Download.open(this.#jail.existing(path), path, this.#options.digests);
  }

  /** Length and digest of a file's content. */
  async digest(path: VirtualPath): Promise<FileEnd> {
    using file = await this.download(path);
    return await file.digest();
  }

  /** Starts an upload, or goes on with an interrupted one; see `UploadDesk.open`. Dispose of it. */
  upload(plan: UploadPlan): Promise<Upload> {
    return this.#options.desk.open(plan, this.#uploadPlace);
  }

  /** Everything below a folder, in pages. */
  tree(path: VirtualPath, { checksum }: { checksum: boolean }): AsyncGenerator<TreePage> {
    return walkTree(this.#jail.existing(path), { path, checksum, digests: this.#options.digests });
  }

  /** Reads small files below a folder. */
  smallFiles(base: VirtualPath): SmallFileReader {
    return new SmallFileReader(this.#jail, base, this.#options.digests);
  }

  /**
   * Starts to store a tree of small files into a folder. Dispose of it.
   *
   * @param sizes `bytes` of all that will come; `more` of what will come in other ways: both together must fit
   * @throws {StatusError} 404 with `needed` and `free` when they do not; 402, 407 for the folder
   */
  storeTree(base: VirtualPath, { bytes, more }: { bytes: number; more: number }): TreeStore {
    this.#jail.folder(base);
    const { ledger, userId, staging, diskReserve } = this.#options;
    const subject = quote(base);
    // A path that ends in a slash is the reservation of a tree: no single upload goes on with it.
    const reservation = ledger.reserve(userId, { path: `${base}/`, bytes, source: "" }, subject);
    try {
      const { used, reserved, limit } = ledger.usage(userId);
      if (limit !== null && used + reserved + more > limit) {
        throw notEnough(subject, bytes + more, { used, reserved: reserved - bytes, limit });
      }
      return atDisk(base, () => {
        Deno.mkdirSync(staging, { recursive: true, mode: 0o700 });
        checkDiskSpace(staging, bytes + more, diskReserve);
        return new TreeStore({ jail: this.#jail, base, staging, reservation });
      });
    } catch (error) {
      reservation.release();
      throw error;
    }
  }

  /** The unfinished uploads. */
  parts(): PartEntry[] {
    return this.#options.desk.list(this.#options.userId).map(({ id, path, bytes, offset, updated, isRunning }) => ({
      part: id,
      path,
      size: bytes,
      offset,
      updated,
      running: isRunning,
    }));
  }

  /** Forgets an unfinished upload. */
  dropPart(id: string): void {
    atDisk(id, () => this.#options.desk.drop(id, this.#uploadPlace));
  }

  get #uploadPlace(): UploadPlace {
    const { userId, staging, diskReserve, digests } = this.#options;
    return { userId, staging, diskReserve, digests, jail: this.#jail };
  }

  /** Bytes used, reserved and allowed. */
  usage(): Usage {
    return this.#options.ledger.usage(this.#options.userId);
  }
}
