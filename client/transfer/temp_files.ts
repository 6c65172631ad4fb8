/** All temporary files of this program, those that it left behind among them: what is ours, and what is a user's. */
import { basename, dirname, join } from "@std/path";
import { realPathOf } from "../../files/lookup.ts";
import { openToChange } from "../../files/open.ts";
import { removeIfThere } from "../../files/remove.ts";
import { rename } from "../../files/rename.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { type DownloadRecord, DownloadRecords, isProven } from "./download_records.ts";
import { localEntry, localFailure } from "./file.ts";
import { placeOf } from "./place.ts";
import { RecordFolder } from "./record_folder.ts";
import { downloadTemp, newId, readTempName, TEMP_PREFIX, type TempName } from "./temp_name.ts";
import { type TempRun, TempRuns } from "./temp_run.ts";

/** A file is ours when a record says so and the file bears it out; a name alone proves nothing. */
export class TempFiles implements Disposable {
  readonly downloads: DownloadRecords;
  readonly #runs: TempRuns;
  #isSaid = false;

  /** @param state the state folder, `undefined` where there is none */
  constructor(state: string | undefined) {
    const folder = (name: string) => new RecordFolder(state === undefined ? undefined : join(state, name));
    this.downloads = new DownloadRecords(folder("downloads"));
    this.#runs = new TempRuns(folder("runs"));
  }

  /** What has to be said, the first time, of a part that is not kept; `undefined` later. */
  takeTrouble(): string | undefined {
    if (this.#isSaid) return undefined;
    this.#isSaid = true;
    const why = this.downloads.trouble ?? "the file system knows no locks";
    return `An unfinished download is not kept after this run: ${why}`;
  }

  /** Whether a local file is one of ours. @throws {StatusError} when its folder cannot be looked at */
  isOurs(path: string): boolean {
    // Nearly all names are not: they cost nothing.
    const name = path.includes(TEMP_PREFIX) ? readTempName(basename(path)) : undefined;
    if (!name) return false;
    try {
      return this.#isOursAt(placeOf(path), name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw localFailure(error, path);
    }
  }

  /**
   * Gives a name free that a user's file is to have, if one of ours has it: what an unfinished download has is kept under
   * another name.
   *
   * @throws {StatusError} 403 while a running program needs it
   */
  makeWay(path: string): void {
    if (!this.isOurs(path)) return;
    const { id, isOfTree } = readTempName(basename(path))!;
    const busy = new StatusError(403, `Local ${quote(path)} is a temporary file of a transfer that runs`);
    try {
      const place = placeOf(path);
      if (isOfTree && this.#runs.isAlive(id)) throw busy;
      if (isOfTree) return removeIfThere(place);
      using file = openToChange(place);
      if (!file.tryLockSync(true)) throw busy;
      // Windows renames no file that is open.
      if (Deno.build.os === "windows") file.close();
      const record = this.downloads.ofId(id)!;
      const moved = newId();
      const other: DownloadRecord = { ...record, id: moved, temp: join(dirname(place), downloadTemp(moved)) };
      // Known before it is there: a crash in between leaves the old one known.
      this.downloads.save(other);
      rename(place, other.temp);
      this.downloads.remove(record);
    } catch (error) {
      throw localFailure(error, path);
    }
  }

  /** Removes what killed programs have left of small files in a folder and below. */
  async tidy(folder: string): Promise<void> {
    try {
      await this.#runs.tidy(realPathOf(folder));
    } catch (error) {
      // Nothing can be left where nothing is.
      if (error instanceof Deno.errors.NotFound) return;
      throw localFailure(error, folder);
    }
  }

  /** The temporary files for small files that all go below a folder. */
  begin(top: string): TempRun {
    return this.#runs.begin(top);
  }

  #isOursAt(place: string, { id, isOfTree }: TempName): boolean {
    if (isOfTree) return this.#runs.isOurs(id, place);
    const record = this.downloads.ofId(id);
    return record?.temp === place && isProven(record, localEntry(place));
  }

  /** Removes what nobody would know as ours when this program has ended. */
  [Symbol.dispose](): void {
    for (const record of this.downloads.passing) {
      if (isProven(record, localEntry(record.temp))) removeIfThere(record.temp);
      this.downloads.remove(record);
    }
  }
}
