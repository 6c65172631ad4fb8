/** Listings in pages: the first is on its way while the last is still on disk. */
import { join } from "@std/path";
import { infoOf, lookAt, namesOf } from "../../files/lookup.ts";
import { isStagingName } from "../../files/staging_name.ts";
import { LISTING_PAGE_ENTRIES } from "../../protocol/limits.ts";
import { StatusError } from "../../protocol/status.ts";
import { hasForbiddenCharacters, quote } from "../../protocol/text.ts";
import { type Entry, entryOf } from "./entry.ts";
import { osFailure, translateOsErrors } from "./os_error.ts";

/** Stands in a name for bytes that are not UTF-8, so that nothing is found by it; a name may also really hold it. */
export const UNREADABLE = "\ufffd";

/** One page. `skipped` counts names that the protocol cannot say, such as names that are not Unicode. */
export interface ListingPage {
  readonly entries: readonly Entry[];
  readonly skipped: number;
  /** Entries that are there and could not be looked at. */
  readonly failures: readonly ListingFailure[];
}

/** An entry that is there and could not be looked at, or a folder that could not be read. */
export interface ListingFailure {
  readonly name: string;
  readonly error: StatusError;
}

/**
 * Lists a folder by name, in pages of at most 1,000.
 *
 * @param real the folder on disk
 * @param path the name the user knows it by
 * @throws {StatusError} 407 when it is not a folder, 406 when it cannot be read
 */
export function* listFolder(real: string, path: string): Generator<ListingPage> {
  const names = translateOsErrors(path, () => {
    if (!infoOf(real).isDirectory) throw new StatusError(407, `${quote(path)} is not a folder`);
    return namesIn(real).sort();
  });
  for (let at = 0; at < names.length; at += LISTING_PAGE_ENTRIES) {
    const entries: Entry[] = [];
    const failures: ListingFailure[] = [];
    let skipped = 0;
    for (const [index, name] of names.slice(at, at + LISTING_PAGE_ENTRIES).entries()) {
      const seen = isSayable(name) ? entryAt(join(real, name), name, path) : undefined;
      if (seen instanceof StatusError) failures.push({ name, error: seen });
      else if (seen && name !== names[at + index - 1]) entries.push(seen);
      // Gone meanwhile, unless it is a name that stands for another one.
      else if (!isSayable(name) || name.includes(UNREADABLE)) skipped++;
    }
    yield { entries, skipped, failures };
  }
}

/** The names in a folder. Where uploads wait is nobody's business, and no name that was left out. */
function namesIn(real: string): string[] {
  return namesOf(real).filter((name) => !isStagingName(name));
}

/** Whether the protocol has a way to say a name. */
function isSayable(name: string): boolean {
  return !hasForbiddenCharacters(name);
}

/** One entry; none when it is gone; the failure when it is there and cannot be looked at. */
function entryAt(place: string, name: string, folder: string): Entry | StatusError | undefined {
  try {
    const info = lookAt(place);
    return info && entryOf(name, info);
  } catch (error) {
    return osFailure(error, below(folder, name));
  }
}

/** The path of what is below a folder, as the user knows it. */
export function below(folder: string, name: string): string {
  return name === "" ? folder : `${folder === "/" ? "" : folder}/${name}`;
}
