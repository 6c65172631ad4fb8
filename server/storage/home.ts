/** A user's home: all that a door can do with files. */
import { ChangingFolder } from "../../files/durable.ts";
import type { FileDigest } from "../../files/hashed_writer.ts";
import { infoOf } from "../../files/lookup.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { nameOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import type { QuotaLedger } from "../../users/quota_ledger.ts";
import { checkDiskSpace } from "./disk_space.ts";
import { Download } from "./download.ts";
import { done, type Doubt, syncChange } from "./doubt.ts";
import { type Entry, entryOf } from "./entry.ts";
import { existingOccupant, makeFolder, removeFolder } from "./folder_changes.ts";
import type { Jail } from "./jail.ts";
import { listFolder, type ListingPage } from "./listing.ts";
import { moveName } from "./move.ts";
import { translateOsErrors } from "./os_error.ts";
import type { OpenFiles } from "./open_files.ts";
import type { Part } from "./part_shelf.ts";
import { removeTree } from "./remove_tree.ts";
import { SmallFileReader } from "./small_files.ts";
import { checkTarget } from "./target.ts";
import { TreeStore } from "./tree_store.ts";
import { type TreePage, walkTree } from "./tree_walk.ts";
import type { Upload } from "./upload.ts";
import type { UploadRegistry } from "./upload_registry.ts";
import type { UploadPlan } from "./upload_plan.ts";
import type { UserPlace } from "./user_place.ts";
import type { OnWork } from "./work.ts";

/** What a home is made of. */
export interface HomeOptions {
  readonly place: UserPlace;
  readonly ledger: QuotaLedger;
  readonly uploads: UploadRegistry;
  /** Small files of a tree that may be open at once. */
  readonly openFiles: OpenFiles;
  readonly onWork: OnWork;
}

/** What a user has, in bytes: used, reserved by uploads, and the limit (`null`: none). */
export interface Usage {
  readonly used: number;
  readonly reserved: number;
  readonly limit: number | null;
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
  readonly #place: UserPlace;
  readonly #jail: Jail;

  constructor(options: HomeOptions) {
    this.#options = options;
    this.#place = options.place;
    this.#jail = options.place.jail;
  }

  /** What reading works with. */
  get #working() {
    return { digests: this.#place.digests, onWork: this.#options.onWork };
  }

  /** What is at a path; a link inside the home is followed. */
  stat(path: VirtualPath): Entry {
    const real = this.#jail.existing(path);
    return entryOf(nameOf(path), translateOsErrors(path, () => infoOf(real)));
  }

  /**
   * The file that an upload to a path would replace, `undefined` when there is none.
   *
   * @throws {StatusError} 402, 406, 411 for its folder, 407 when something is there that is no regular file
   */
  replacedBy(path: VirtualPath): Entry | undefined {
    const { info } = checkTarget(this.#jail, path, false);
    return info && entryOf(nameOf(path), info);
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
    const { ledger, onWork } = this.#options;
    using folder = translateOsErrors(path, () => ChangingFolder.of(place));
    const book = (work: () => number) => ledger.change(this.#place.userId, work);
    const removed = await removeTree(place, path, { book, onWork });
    return { ...removed, doubt: await syncChange(done("Removed", path), folder) };
  }

  /** Gives a file or folder another path, where nothing may be yet. */
  move(from: VirtualPath, to: VirtualPath): Promise<Doubt | undefined> {
    const { uploads, onWork } = this.#options;
    // A path that ends in a slash is no upload that somebody could continue.
    const subject = { path: `${to}/`, source: "" };
    const reserve = (bytes: number) =>
      uploads.parts.reserve(this.#place.userId, { ...subject, bytes }, quote(nameOf(from)));
    return moveName({ from, to, reserve, checkGoing: () => onWork(1) }, this.#place);
  }

  /** Opens a file for reading. Dispose of it. */
  download(path: VirtualPath): Promise<Download> {
    return Download.open(this.#jail.existing(path), path, this.#working);
  }

  /** Length and digest of a file's content. */
  async digest(path: VirtualPath): Promise<FileDigest> {
    using file = await this.download(path);
    return await file.digest();
  }

  /** Starts an upload, or goes on with an interrupted one; see `UploadRegistry.open`. Dispose of it. */
  upload(plan: UploadPlan): Promise<Upload> {
    return this.#options.uploads.open(plan, { ...this.#place, onWork: this.#options.onWork });
  }

  /** Everything below a folder, in pages. */
  tree(path: VirtualPath, { checksum }: { checksum: boolean }): AsyncGenerator<TreePage> {
    return walkTree({ top: this.#jail.existing(path), path, checksum, ...this.#working });
  }

  /** Reads files below a folder that are at most so large. */
  smallFiles(base: VirtualPath, { limitBytes }: { limitBytes: number }): SmallFileReader {
    return new SmallFileReader({ jail: this.#jail, base, digests: this.#place.digests, limitBytes });
  }

  /**
   * Starts to store a tree of small files into a folder. Dispose of it.
   *
   * @param sizes `bytes` of all that will come; `more` of what will come in other ways: both together must fit
   * @throws {StatusError} 404 with `needed` and `free` when they do not; 402, 407 for the folder
   */
  storeTree(base: VirtualPath, { bytes, more }: { bytes: number; more: number }): TreeStore {
    const folder = this.#jail.folder(base);
    const { ledger, uploads, openFiles } = this.#options;
    const { userId, staging, diskReserve: reserve } = this.#place;
    const subject = quote(base);
    // A path that ends in a slash is the reservation of a tree: no single upload goes on with it.
    const reservation = uploads.parts.reserve(userId, { path: `${base}/`, bytes, source: "" }, subject);
    try {
      const { used, reserved, limit } = ledger.usage(userId);
      if (limit !== null && used + reserved + more > limit) {
        throw uploads.parts.refusal(userId, { what: subject, needed: bytes + more, except: reservation });
      }
      return translateOsErrors(base, () => {
        checkDiskSpace(staging.placeFor(folder), bytes + more, { reserve, own: staging.usual });
        const onStored = (paths: ReadonlySet<string>) => uploads.parts.tidy(this.#place, paths);
        return new TreeStore({ jail: this.#jail, base, staging, reservation, openFiles, onStored });
      });
    } catch (error) {
      reservation.release();
      throw error;
    }
  }

  /** The unfinished uploads. */
  parts(): Part[] {
    return this.#options.uploads.parts.list(this.#place.userId);
  }

  /** Forgets an unfinished upload. */
  dropPart(id: string): void {
    translateOsErrors(id, () => this.#options.uploads.parts.drop(id, this.#place));
  }

  /** Bytes used, reserved and allowed. */
  usage(): Usage {
    return this.#options.ledger.usage(this.#place.userId);
  }
}
