/** Where uploads wait: on the volume that they are for, as only there a rename puts them in place. */
import { dirname, join, relative, SEPARATOR } from "@std/path";
import { makePrivateFolder } from "../../files/folder.ts";
import { infoOf, realPathOf } from "../../files/lookup.ts";
import { HAS_VOLUME_STAGING } from "../../files/staging_name.ts";
import { isOnePlace, topOfVolume } from "../../files/volume.ts";
import { StatusError } from "../../protocol/status.ts";

/** What one user's staging is made of. All paths are absolute. */
export interface StagingOptions {
  readonly user: string;
  /** The folder of all homes. */
  readonly homes: string;
  /** The folder of all staging on the root's own volume. */
  readonly staging: string;
  /** What the folder at the top of another volume is called; see `stagingName`. */
  readonly hidden: string;
}

/**
 * One user's staging. Nothing is remembered of which folder is on which volume: a mount can come and go, and asking costs
 * one call of the system.
 */
export class Staging {
  readonly #options: StagingOptions;
  /** The user's folder on the root's own volume. */
  readonly usual: string;

  constructor(options: StagingOptions) {
    this.#options = options;
    this.usual = join(options.staging, options.user);
  }

  /**
   * Where to stage what goes into a folder; it is there afterwards.
   *
   * @param folder an existing folder in a home, its path without links
   * @throws {StatusError} 406 when something else is in its place; the error of the operating system when it cannot be made
   */
  placeFor(folder: string): string {
    makePrivateFolder(this.usual);
    if (isOnePlace(this.usual, folder)) return this.usual;
    return this.#made(this.#hiddenBelow(topOfVolume(folder, this.#homes)));
  }

  /**
   * Where to stage it instead, when a rename from there was refused all the same: a volume was mounted or unmounted
   * meanwhile, or the file system has borders of its own, such as quotas by project.
   *
   * @returns `undefined` when there is no other place
   */
  otherPlaceFor(folder: string, tried: string): string | undefined {
    const found = this.placeFor(folder);
    if (found !== tried) return found;
    const other = this.#hiddenBelow(topOfVolume(folder, this.#homeOf(folder)));
    return other === tried ? undefined : this.#made(other);
  }

  /** All places where something for a folder may have been staged, the likeliest first. Makes nothing. */
  placesOf(folder: string): string[] {
    if (!HAS_VOLUME_STAGING) return [this.usual];
    const isUsual = isOnePlace(this.usual, folder);
    const other = this.#hiddenBelow(topOfVolume(folder, this.#homes));
    const own = this.#hiddenBelow(topOfVolume(folder, this.#homeOf(folder)));
    return [...new Set(isUsual ? [this.usual, own, other] : [other, this.usual, own])];
  }

  get #homes(): string {
    return realPathOf(this.#options.homes);
  }

  /** The top of the home that a folder is in. */
  #homeOf(folder: string): string {
    return join(this.#homes, relative(this.#homes, folder).split(SEPARATOR)[0]!);
  }

  #hiddenBelow(top: string): string {
    return join(top, this.#options.hidden, this.#options.user);
  }

  #made(own: string): string {
    makePrivateFolder(own);
    // A volume may be shared with others who can write there: a link of theirs would lead uploads away.
    for (const folder of [dirname(own), own]) {
      if (!infoOf(folder).isDirectory) {
        throw new StatusError(406, "The server cannot stage uploads on that volume: something is in the way there");
      }
    }
    return own;
  }
}

/** Where one group of files is staged: each folder is asked for once. Valid as long as a `FolderCache`. */
export class StagingCache {
  readonly #staging: Staging;
  readonly #places = new Map<string, string>();

  constructor(staging: Staging) {
    this.#staging = staging;
  }

  /** How many folders were asked for. */
  get size(): number {
    return this.#places.size;
  }

  placeFor(folder: string): string {
    let place = this.#places.get(folder);
    if (place === undefined) this.#places.set(folder, place = this.#staging.placeFor(folder));
    return place;
  }
}
