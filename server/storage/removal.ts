/** What goes when a folder is removed with all in it: found before the first of it goes, and taken away one by one. */
import { join, SEPARATOR } from "@std/path";
import { entriesOf, infoOf, lookAt } from "../../files/lookup.ts";
import { isMount } from "../../files/mount.ts";
import { remove, removeWithContent } from "../../files/remove.ts";
import { isStagingName } from "../../files/staging_name.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { below, UNREADABLE } from "./listing.ts";
import { osFailure, translateOsErrors } from "./os_error.ts";
import type { OnWork } from "./work.ts";

/** How long a walk may go on before other sessions get their turn. */
const TURN_MS = 20;

/** One thing that is to go. */
export interface Doomed {
  readonly place: string;
  /** The name the user knows it by. */
  readonly shown: string;
  /** Whether it is the top of what is removed: of what is below, it is no failure when it is gone already. */
  readonly isTop: boolean;
}

/**
 * Everything under a path and the path itself, what is inside a folder before the folder. Names that are not UTF-8 are
 * not among it: they go with their folder.
 *
 * @param subject the name the user knows the top by
 * @param onWork called with how many were found since
 * @throws {StatusError} 406 when one of it is a mount, or a folder that cannot be read
 */
export async function doomedUnder(top: string, subject: string, onWork: OnWork): Promise<Doomed[]> {
  const found: Doomed[] = [];
  const waiting: Doomed[] = [{ place: top, shown: subject, isTop: true }];
  let turn = performance.now();
  let noted = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { place, shown, isTop } = next;
    const info = translateOsErrors(shown, () => isTop ? infoOf(place) : lookAt(place));
    // It went meanwhile, or its name is not UTF-8.
    if (!info) continue;
    found.push(next);
    if (!info.isDirectory) continue;
    if (isMount(place)) throw new StatusError(406, `Cannot remove ${quote(subject)}: ${quote(shown)} is a mount`);
    for (const { name } of translateOsErrors(shown, () => entriesOf(place))) {
      waiting.push({ place: join(place, name), shown: below(shown, name), isTop: false });
    }
    if (performance.now() - turn < TURN_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    onWork(found.length - noted);
    noted = found.length;
    turn = performance.now();
  }
  return found.reverse();
}

/** What went. */
export interface Gone {
  files: number;
  folders: number;
  bytes: number;
}

/** Removes one thing, a folder when all in it that can be named is gone; returns what went. @throws {StatusError} */
export function takeAway({ place, shown, isTop }: Doomed): Gone {
  return translateOsErrors(shown, () => {
    // What is there now is what goes: it may have been replaced since the walk.
    const info = isTop ? infoOf(place) : lookAt(place);
    if (!info) return { files: 0, folders: 0, bytes: 0 };
    if (info.isDirectory) return { files: removeFolder(place, shown), folders: 1, bytes: 0 };
    remove(place);
    // What a volume's staging held, where a copy of such a folder was left, was never counted.
    const isCounted = info.isFile && !place.split(SEPARATOR).some(isStagingName);
    return isCounted ? { files: 1, folders: 0, bytes: info.size } : { files: 0, folders: 0, bytes: 0 };
  });
}

/**
 * Removes a folder that is empty but for names that are not UTF-8. They are in no path that this runtime could say, but
 * go with their folder.
 *
 * @returns how many files these were; their bytes nobody can tell, and the ledger never had them
 */
function removeFolder(place: string, shown: string): number {
  try {
    remove(place);
    return 0;
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOTEMPTY") throw error;
  }
  const left = entriesOf(place);
  const isUnnameable = ({ name }: Deno.DirEntry) => name.includes(UNREADABLE) && !lookAt(join(place, name));
  if (!left.every(isUnnameable)) throw new StatusError(403, `Cannot remove ${quote(shown)}: the folder is not empty`);
  try {
    removeWithContent(place);
  } catch (error) {
    const { code, message } = osFailure(error, shown);
    throw new StatusError(code, `${message}; in it are names that are not UTF-8, and not all of that is gone`, {
      cause: error,
    });
  }
  return left.filter(({ isFile }) => isFile).length;
}
