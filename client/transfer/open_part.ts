/** Finds the part of an interrupted download again, or makes a new one. */
import { dirname } from "@std/path";
import { removeUnlocked, tryLock } from "../../files/lock.ts";
import { createPrivate, openToChange } from "../../files/open.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { type DownloadRecord, type DownloadRecords, isProven } from "./download_records.ts";
import { localEntry, localFailure } from "./file.ts";
import { isAt, PartFile } from "./part_file.ts";
import { placeOf } from "./place.ts";

/** A part, and what was found in the place of an earlier one and is not ours. */
export interface OpenedPart {
  readonly part: PartFile;
  readonly foreign: string | undefined;
}

/**
 * Opens the part for a local name.
 *
 * @throws {StatusError} 402 when its folder is missing, 403 when another program downloads to that name now
 */
export function openPart(target: string, records: DownloadRecords): OpenedPart {
  try {
    const place = placeOf(target);
    let foreign: string | undefined;
    for (const record of records.ofTarget(place)) {
      const there = localEntry(record.temp);
      const file = isProven(record, there) ? reopen(record, target) : undefined;
      if (file) {
        const part = new PartFile({ target, records, record, file, isLasting: records.isLasting(record) });
        return { part, foreign };
      }
      // What is there is none of our business any more.
      if (there) foreign = record.temp;
      records.remove(record);
    }
    return { part: create(target, { place, records }), foreign };
  } catch (error) {
    // Nobody has asked for a part: what is said is about the name that was.
    if (!(error instanceof Deno.errors.NotFound)) throw localFailure(error, target);
    const why = `${quote(dirname(target))} does not exist`;
    throw new StatusError(402, `Local ${quote(target)} cannot be written: ${why}`, { cause: error });
  }
}

/** Forgets what an interrupted download has left for a name whose file is whole now. */
export function tidyPart(target: string, records: DownloadRecords): void {
  try {
    for (const record of records.ofTarget(placeOf(target))) {
      // Another program may be at it.
      const isBusy = isProven(record, localEntry(record.temp)) && !removeUnlocked(record.temp);
      if (!isBusy) records.remove(record);
    }
  } catch (error) {
    throw localFailure(error, target);
  }
}

/** Opens the part of a record. @returns `undefined` where nothing can be locked */
function reopen(record: DownloadRecord, target: string): Deno.FsFile | undefined {
  const file = openToChange(record.temp);
  const info = file.statSync();
  const isOurs = tryLock(file);
  // The program that had the lock before may have given the part its name: then this is the finished file.
  if (isOurs && isProven(record, info) && isAt(record.temp, info)) return file;
  file.close();
  if (isOurs === undefined) return undefined;
  throw new StatusError(403, `Local ${quote(target)} is being downloaded by another program`);
}

function create(target: string, { place, records }: { place: string; records: DownloadRecords }): PartFile {
  const record = records.start(place);
  // The record comes first: what is left by a kill is known as ours.
  const isLasting = records.save(record);
  try {
    const file = createPrivate(record.temp);
    if (tryLock(file)) return new PartFile({ target, records, record, file, isLasting });
    records.remove(record);
    return new PartFile({ target, records: undefined, record, file, isLasting: false });
  } catch (error) {
    records.remove(record);
    throw error;
  }
}
