/** Listings in pages: the first is on its way while the last is still on disk. */
import { join } from "@std/path";
import { isStagingName } from "../../files/staging_name.ts";
import type { ListingEntry } from "../../protocol/commands.ts";
import { LISTING_PAGE_ENTRIES } from "../../protocol/limits.ts";
import { StatusError } from "../../protocol/status.ts";
import { hasForbiddenCharacters } from "../../protocol/text.ts";
import { entryOf } from "./entry.ts";
import { atDisk } from "./os_error.ts";

/** One page. `skipped` counts names that the protocol cannot say, such as names that are not Unicode. */
export interface ListingPage {
  readonly entries: readonly ListingEntry[];
  readonly skipped: number;
}

/**
 * Lists a folder by name, in pages of at most 1,000.
 *
 * @param real the folder on disk
 * @param path the name the user knows it by
 * @throws {StatusError} 407 when it is not a folder
 */
export function* listFolder(real: string, path: string): Generator<ListingPage> {
  const names = atDisk(path, () => {
    if (!Deno.lstatSync(real).isDirectory) throw new StatusError(407, `"${path}" is not a folder`);
    const all = [...Deno.readDirSync(real)].map((entry) => entry.name);
    // Where uploads wait is nobody's business, and no name that was left out.
    return all.filter((name) => !isStagingName(name)).sort();
  });
  for (let at = 0; at < names.length; at += LISTING_PAGE_ENTRIES) {
    const page = names.slice(at, at + LISTING_PAGE_ENTRIES);
    const sayable = page.filter(isSayable);
    yield { entries: sayable.flatMap((name) => lookAt(real, name)), skipped: page.length - sayable.length };
  }
}

/** Whether the protocol has a way to say a name. One that is not Unicode arrives with U+FFFD in it. */
function isSayable(name: string): boolean {
  return !name.includes("\ufffd") && !hasForbiddenCharacters(name);
}

/** One entry; none when it is gone. */
function lookAt(real: string, name: string): ListingEntry[] {
  try {
    return [entryOf(name, Deno.lstatSync(join(real, name)))];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
